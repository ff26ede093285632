"""What is made is kept: recipes, and the files that carry them."""
