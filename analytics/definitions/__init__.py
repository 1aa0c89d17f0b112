"""What may be asked: report definitions, conditions, operators, and figures (a number's place).

Nothing here knows a database, a clock or HTTP.
"""
