"""What an hour of people of one skill costs, from a day on."""
