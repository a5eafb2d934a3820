"""Tables as text, fields parted by commas."""

QUOTE_MINIMAL, QUOTE_ALL, QUOTE_NONNUMERIC, QUOTE_NONE = 0, 1, 2, 3


class Error(Exception):
    pass


class _Form:
    def __init__(self, dialect="excel", delimiter=None, quotechar='"', quoting=QUOTE_MINIMAL, lineterminator="\r\n", skipinitialspace=False):
        self.delimiter = delimiter or ("\t" if dialect == "excel-tab" else ",")
        self.quotechar, self.quoting, self.lineterminator = quotechar, quoting, lineterminator
        self.skipinitialspace = skipinitialspace

    def field(self, value, is_only):
        text = "" if value is None else repr(value) if isinstance(value, float) else str(value)
        special = (self.delimiter, self.quotechar, "\n", "\r")
        needed = any(c in text for c in special) or (is_only and not text)
        if self.quoting == QUOTE_ALL or (self.quoting == QUOTE_NONNUMERIC and not isinstance(value, (int, float))):
            needed = True
        if not needed:
            return text
        if self.quoting == QUOTE_NONE:
            raise Error("need to escape, but no escapechar set")
        return self.quotechar + text.replace(self.quotechar, self.quotechar * 2) + self.quotechar


class _Writer:
    def __init__(self, file, form):
        self._file, self._form = file, form

    def writerow(self, row):
        row = list(row)
        fields = [self._form.field(value, len(row) == 1) for value in row]
        return self._file.write(self._form.delimiter.join(fields) + self._form.lineterminator)

    def writerows(self, rows):
        for row in rows:
            self.writerow(row)


def writer(csvfile, dialect="excel", **options):
    return _Writer(csvfile, _Form(dialect, **options))


def reader(csvfile, dialect="excel", **options):
    form = _Form(dialect, **options)
    lines = iter(csvfile)
    for line in lines:
        row, field, state = [], "", "start"
        while True:
            for c in line:
                if state == "quoted":
                    if c == form.quotechar:
                        state = "closed"
                    else:
                        field += c
                elif state == "closed" and c == form.quotechar:
                    field += c
                    state = "quoted"
                elif c == form.delimiter and not (state == "start" and c == " " and form.skipinitialspace):
                    row.append(field)
                    field, state = "", "start"
                elif c in "\r\n":
                    pass
                elif state == "start" and c == form.quotechar:
                    state = "quoted"
                elif state == "start" and c == " " and form.skipinitialspace:
                    pass
                else:
                    field += c
                    state = "plain"
            if state != "quoted":
                break
            # a quoted field goes on in the next line
            line = next(lines, None)
            if line is None:
                break
        if row or field or state != "start":
            row.append(field)
        yield row


class DictWriter:
    def __init__(self, f, fieldnames, restval="", extrasaction="raise", dialect="excel", **options):
        self.fieldnames, self.restval, self.extrasaction = list(fieldnames), restval, extrasaction
        self.writer = writer(f, dialect, **options)

    def writeheader(self):
        return self.writer.writerow(self.fieldnames)

    def writerow(self, rowdict):
        extra = [name for name in rowdict if name not in self.fieldnames]
        if extra and self.extrasaction == "raise":
            raise ValueError("dict contains fields not in fieldnames: " + ", ".join([repr(x) for x in extra]))
        return self.writer.writerow([rowdict.get(name, self.restval) for name in self.fieldnames])

    def writerows(self, rowdicts):
        for row in rowdicts:
            self.writerow(row)


class DictReader:
    def __init__(self, f, fieldnames=None, restkey=None, restval=None, dialect="excel", **options):
        self._rows = reader(f, dialect, **options)
        self.fieldnames = list(fieldnames) if fieldnames is not None else next(self._rows, None)
        self.restkey, self.restval = restkey, restval

    def __iter__(self):
        return self

    def __next__(self):
        row = next(self._rows)
        while not row:
            row = next(self._rows)
        found = dict(zip(self.fieldnames, row))
        if len(row) > len(self.fieldnames):
            found[self.restkey] = row[len(self.fieldnames):]
        for name in self.fieldnames[len(row):]:
            found[name] = self.restval
        return found
