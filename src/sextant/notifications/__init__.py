"""What people say to each other about a thing, whom it concerns, and who has read it."""
