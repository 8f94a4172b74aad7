"""The exam: what a run is checked against, on the product's own engine and by ordinary options of a scenario."""
