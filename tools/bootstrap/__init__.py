"""What `./xiangli` does before there is anything to import: standard library only, Python 3.11."""
