"""What assistants ask through the Model Context Protocol, with the rights of their token."""
