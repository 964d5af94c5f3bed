-- Rejects of run 2, whose last attempt has fence 12; fence 7 was lost.
insert into rejects (run_id, fence, source_row, raw, reasons) values
    (2, 12, 20, '[["MONTO", "#REF!"], ["COMUNA", "Quillón"]]', '[{"column": "monto", "header": "MONTO", "value": "#REF!", "rule": "type", "code": "money.unreadable", "reason": "no es un número", "remedy": "corrija la celda"}]'),
    (2, 12, 9, '[["MONTO", "cien"], ["COMUNA", "Narnia"]]', '[{"column": "monto", "header": "MONTO", "value": "cien", "rule": "type", "code": "money.unreadable", "reason": "«cien» no es un número", "remedy": "corrija la celda"},
        {"column": "comuna", "value": "Narnia", "rule": "place", "code": "place.unknown", "reason": "no existe", "remedy": "use el nombre oficial"}]'),
    (2, 12, 31, '[]', '[{"column": null, "value": null, "rule": "key", "code": "row.repeated", "reason": "repite la fila 4", "remedy": "borre una"}]'),
    (2, 7, 40, '[]', '[{"column": "monto", "value": "x", "rule": "type", "code": "money.unreadable", "reason": "de un intento perdido", "remedy": ""}]');

update rejects set lon = -72.5, lat = -36.5 where (fence, source_row) in ((12, 20), (7, 40));
