"""PostgreSQL's keeper: a primary by election, its log as the ballot."""
