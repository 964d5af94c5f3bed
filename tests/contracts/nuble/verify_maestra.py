#!/usr/bin/env python3
"""Sums every money column of maestra_dipir.csv by year and territorial level, on its own, and compares with the loaded release.

Shares no code with the platform: own reading of amounts, dates and places, pandas for the sums.

    python3 verify_maestra.py maestra_dipir.csv                         # the sums, as CSV
    python3 verify_maestra.py maestra_dipir.csv DATABASE_URL            # compared to the peso with layers.maestra_dipir

Needs pandas, and psql for the comparison. Ends with 1 when anything differs.
"""

import csv
import io
import re
import subprocess
import sys
import unicodedata
from datetime import date

import pandas as pd

COMUNAS = {
    "BULNES", "CHILLAN", "CHILLAN VIEJO", "COBQUECURA", "COELEMU", "COIHUECO", "EL CARMEN", "NINHUE", "NIQUEN", "PEMUCO",
    "PINTO", "PORTEZUELO", "QUILLON", "QUIRIHUE", "RANQUIL", "SAN CARLOS", "SAN FABIAN", "SAN IGNACIO", "SAN NICOLAS",
    "TREGUACO", "TREHUACO", "YUNGAY",
}
PROVINCES = {"DIGUILLIN", "ITATA", "PUNILLA"}
STATES = {
    "1. APROBADO CORE", "2. APROB. MENOR A 7.000 UTM", "3. CREACION PPT.", "4. CONVENIO FIRMADO", "5. EN LICITACION",
    "6. ADJUDICADO", "7. EN EJECUCION", "8. PARALIZADO", "9. TERMINADO", "10. REEVALUACION",
}
NOTHING = {"", "-", "N/A"}
MONTHS = {"ENERO": "ene", "SEPT": "sep"}
DATES = {21: "FECHA FIRMA DE CONVENIO", 23: "FECHA RES- APRUEBA CONVENIO", 24: "ACTA ENTREGA TERRENO"}


def plain(text):
    """Upper case, no accents, single spaces."""
    bare = "".join(sign for sign in unicodedata.normalize("NFD", text) if not unicodedata.combining(sign))
    return " ".join(bare.upper().split())


def money_columns(header):
    """Place in the file to the name of the release's column."""
    named = {
        12: "monto_total", 13: "monto_sectorial", 14: "monto_fndr_postulado", 15: "monto_fndr_adjudicado", 16: "aumentos",
        174: "apunte_175", 175: "apunte_presupuesto", 176: "apunte_2021_2023", 177: "apunte_2024", 178: "apunte_saldo",
    }
    year = 2019  # bare months are of the year whose total follows them
    for place in range(29, 172):
        words = header[place].split()
        if words[0] == "suma":
            name = "suma_2019"
        elif words[0] == "dife":
            name = "diferencia_2019"
        elif words[0] == "EJEC.":
            name, year = f"ejecutado_{words[1]}", int(words[1]) + 1
        elif words[0] == "GASTO":
            name = ("ejecutado_" if words[1] == "EJECUTADO" else "por_ejecutar_") + words[-1]
        elif words[0] == "ARRASTRE":
            name = f"arrastre_{words[1]}"
        else:
            month = MONTHS.get(words[0], words[0].lower())
            if len(words) == 1:
                name = f"{month}_{year}"
            else:
                name = f"{month}_{2000 + int(words[2]) if len(words) > 2 else 2022}_{words[1].lower()}"
        named[place] = name
    assert len(set(named.values())) == len(named) == 153, "153 different money columns"
    return named


def pesos(text):
    """`$24,064` is 24,064 thousands of pesos; None when it is no amount."""
    found = re.fullmatch(r"(-?)\$?(\d{1,3}(?:,\d{3})*|\d+)(?:\.(\d{1,3}))?", text)
    if not found:
        return None
    sign, whole, fraction = found.groups()
    amount = int(whole.replace(",", "")) * 1000 + int((fraction or "").ljust(3, "0"))
    return -amount if sign else amount


def is_date(text):
    """Day, month, year between two equal marks; the number of a resolution and a slash may stand before."""
    found = re.fullmatch(r"(?:\d+ ?/ ?)?(\d{1,2})([-./])(\d{1,2})\2(\d{4}|\d{2})", text)
    if not found:
        return False
    day, _, month, year = found.groups()
    try:
        date(int(year) + (2000 if len(year) == 2 else 0), int(month), int(day))
    except ValueError:
        return False
    return True


def level(text):
    """comuna, provincia, region, multi; None when it is no place of the region."""
    name = plain(text)
    if name in COMUNAS:
        return "comuna"
    if name in PROVINCES:
        return "provincia"
    if name in {"REGIONAL", "NUBLE"}:
        return "region"
    parts = {part.strip() for part in re.split(r"[,/]", name)}
    return "multi" if len(parts) > 1 and parts <= COMUNAS else None


def read(file):
    """The good rows as a frame, and why each other row is refused."""
    with open(file, encoding="utf-8-sig", newline="") as opened:
        records = list(csv.reader(opened))
    money = money_columns(records[0])
    good, refused = [], {}
    for number, record in enumerate(records[1:], start=2):
        cells = [cell.strip() for cell in record]
        if not any(cells):
            continue
        reasons = []
        place = level(cells[6]) if cells[6] not in NOTHING else None
        if place is None:
            reasons.append(f"COMUNA «{cells[6]}»")
        for column, name in DATES.items():
            if cells[column] not in NOTHING and not is_date(cells[column]):
                reasons.append(f"{name} «{cells[column]}»")
        if cells[19] not in NOTHING and plain(cells[19]) not in STATES:
            reasons.append(f"ESTADO «{cells[19]}»")
        if cells[25] not in NOTHING and not cells[25].isdigit():
            reasons.append(f"PLAZO «{cells[25]}»")
        amounts = {}
        for column, name in money.items():
            amounts[name] = 0 if cells[column] in NOTHING else pesos(cells[column])
            if amounts[name] is None:
                reasons.append(f"{records[0][column]} «{cells[column]}»")
        if reasons:
            refused[number] = "; ".join(reasons)
        else:
            good.append({"anio": "" if cells[2] in NOTHING else cells[2], "nivel": place, **amounts})
    return pd.DataFrame(good).astype({name: "int64" for name in money.values()}), refused, list(money.values())


def query(url, sql):
    done = subprocess.run(["psql", url, "-XqAt", "--csv", "-c", sql], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"psql: {done.stderr.strip()}")
    return done.stdout


def main():
    file, url = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None
    rows, refused, columns = read(file)
    sums = rows.groupby(["anio", "nivel"])[columns].sum()
    long = sums.stack().rename("pesos").rename_axis(["anio", "nivel", "columna"]).reset_index()
    if url is None:
        long.to_csv(sys.stdout, index=False)
        return 0
    listed = ", ".join(f'coalesce(sum("{name}"), 0)::bigint' for name in columns)
    held = query(url, f"select coalesce(anio, ''), territory_level, count(*), {listed} from layers.maestra_dipir group by 1, 2")
    different = 0
    groups = {}
    for record in csv.reader(io.StringIO(held)):
        groups[(record[0], record[1])] = [int(cell) for cell in record[2:]]
    counts = rows.groupby(["anio", "nivel"]).size()
    for key in sorted(set(groups) | set(sums.index)):
        ours = [int(counts.get(key, 0)), *(int(sums.loc[key, name]) if key in sums.index else 0 for name in columns)]
        theirs = groups.get(key, [0] * len(ours))
        for name, mine, its in zip(["filas", *columns], ours, theirs):
            if mine != its:
                different += 1
                print(f"DIFIERE {key} {name}: aquí {mine}, en la versión {its}")
    rejects = query(url, "select source_row from rejects where run_id = (select max(id) from runs where dataset_id = 'maestra_dipir'"
                         " and state = 'published') order by 1")
    theirs = {int(line) for line in rejects.split()}
    for row in sorted(theirs ^ set(refused)):
        different += 1
        print(f"DIFIERE fila {row}: aquí {refused.get(row, 'buena')}, en la versión {'rechazada' if row in theirs else 'cargada'}")
    print(f"{len(rows)} filas, {len(refused)} rechazadas, {len(columns)} columnas de montos, {len(sums)} grupos de año y nivel, "
          f"{len(columns) * len(sums)} sumas comparadas; total {sum(sum(group[1:]) for group in groups.values())} pesos; {different} diferencias")
    for row, why in refused.items():
        print(f"  rechazada {row}: {why}")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
