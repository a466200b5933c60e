"""The platform (系统平台): one Django project for every level, from an enterprise's own centre to the nation."""
