"""Accounts (账号): who may sign in, which node of the region tree each one sees."""
