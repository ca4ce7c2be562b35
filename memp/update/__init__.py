"""Update (Memp, section 3.4): add, validate, adjust and erase procedures by what finished runs show."""
