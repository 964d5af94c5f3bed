//! The rows as PostgreSQL's binary COPY takes them, not by way of a file.

use std::io::{self, Write};

use super::parcel::Parcel;
use super::{Cadastre, Form};

/// EWKB: the flag that says an SRID follows.
const HAS_SRID: u32 = 0x2000_0000;

pub(super) fn write(cadastre: Cadastre, out: &mut impl Write) -> io::Result<()> {
    out.write_all(b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0")?;
    let mut line = Vec::new();
    for row in 0..cadastre.rows {
        let parcel = Parcel::at(cadastre, row);
        line.clear();
        line.extend(7_i16.to_be_bytes());
        value(&mut line, &parcel.folio.to_be_bytes())?;
        for text in [&parcel.rol, parcel.comuna, parcel.destino_in(cadastre.form)] {
            value(&mut line, text.as_bytes())?;
        }
        value(&mut line, &parcel.avaluo.to_be_bytes())?;
        let superficie: f64 =
            format!("{}.{:02}", parcel.superficie / 100, parcel.superficie % 100).parse().map_err(io::Error::other)?;
        value(&mut line, &superficie.to_be_bytes())?;
        value(&mut line, &geometry(cadastre, &parcel)?)?;
        out.write_all(&line)?;
    }
    out.write_all(&(-1_i16).to_be_bytes())?;
    out.flush()
}

fn geometry(cadastre: Cadastre, parcel: &Parcel) -> io::Result<Vec<u8>> {
    let number = |size: usize| u32::try_from(size).map_err(io::Error::other);
    let mut ewkb = Vec::new();
    let mut begin = |kind: u32| {
        ewkb.push(1);
        ewkb.extend((kind | HAS_SRID).to_le_bytes());
        ewkb.extend(cadastre.srid().to_le_bytes());
    };
    match cadastre.form {
        Form::Csv => {
            begin(1);
            for text in parcel.position() {
                ewkb.extend(text.parse::<f64>().map_err(io::Error::other)?.to_le_bytes());
            }
        }
        Form::Shapefile => {
            begin(6);
            let parts = parcel.areas();
            ewkb.extend(number(parts.len())?.to_le_bytes());
            for rings in &parts {
                ewkb.push(1);
                ewkb.extend(3_u32.to_le_bytes());
                ewkb.extend(number(rings.len())?.to_le_bytes());
                for ring in rings {
                    ewkb.extend(number(ring.len())?.to_le_bytes());
                    ewkb.extend(ring.iter().flatten().flat_map(|metres| metres.to_le_bytes()));
                }
            }
        }
    }
    Ok(ewkb)
}

fn value(line: &mut Vec<u8>, bytes: &[u8]) -> io::Result<()> {
    line.extend(i32::try_from(bytes.len()).map_err(io::Error::other)?.to_be_bytes());
    line.extend(bytes);
    Ok(())
}
