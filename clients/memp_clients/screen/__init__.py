"""What a person sees on the terminal: views, progress bars, prompts."""
