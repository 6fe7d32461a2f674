"""Which device suits what: rates that are measured or from data sheets, and what follows from them."""
