"""Stand-ins that tests use for what lies outside: packs, ground, people, chance. No test is in here."""
