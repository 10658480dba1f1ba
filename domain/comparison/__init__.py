"""What differs between two networks: phases, dates, links, calendars."""
