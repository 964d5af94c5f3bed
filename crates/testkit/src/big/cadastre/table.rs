//! The cadastre as a table: cp1252, `;`, longitude and latitude.

use std::io::{self, Write};

use super::Cadastre;
use super::parcel::Parcel;

pub(super) fn write(cadastre: Cadastre, out: &mut impl Write) -> io::Result<()> {
    out.write_all(b"folio;rol;comuna;destino;avaluo;superficie;lon;lat\n")?;
    for row in 0..cadastre.rows {
        let parcel = Parcel::at(cadastre, row);
        let [lon, lat] = parcel.position();
        let line = format!(
            "{};{};{};{};{};{}.{:02};{lon};{lat}\n",
            parcel.folio,
            parcel.rol,
            parcel.comuna,
            parcel.destino_in(cadastre.form),
            parcel.avaluo,
            parcel.superficie / 100,
            parcel.superficie % 100,
        );
        let bytes: Vec<u8> = line.chars().map(cp1252).collect();
        out.write_all(&bytes)?;
    }
    Ok(())
}

fn cp1252(letter: char) -> u8 {
    match letter {
        '–' => 0x96,
        other => u8::try_from(u32::from(other)).unwrap_or(b'?'),
    }
}
