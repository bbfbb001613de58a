"""Broken and healthy AWS accounts on a moto server, to test and to try ecswhy on."""
