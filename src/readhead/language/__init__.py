"""Writing and reading programs: languages, each with a way there and a way back."""
