"""What the sources report, done again: people of the demo town drive the product's own routes, with the clock moved along."""
