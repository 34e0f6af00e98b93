"""What each notebook puts on the table: its panels and exercises, one module per notebook."""
