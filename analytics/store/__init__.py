"""The ClickHouse side: one door to it, its schema, the loader that fills it, the audit."""
