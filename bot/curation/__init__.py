"""For curators: what was asked and not answered, grouped; a question's way into the content; what that changes."""
