#include "core/base/error.h"
#include "core/base/hash.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <fstream>

using namespace thaw;

class TestHash : public QObject
{
    Q_OBJECT

private slots:
    // RFC 1321 and FIPS 180-4 test vectors for "abc".
    void knownDigests()
    {
        const std::string text = "abc";
        const auto bytes = std::as_bytes(std::span(text));
        QCOMPARE(hashHex(HashKind::Md5, bytes), std::string("900150983cd24fb0d6963f7d28e17f72"));
        QCOMPARE(hashHex(HashKind::Sha256, bytes),
                 std::string("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
        QCOMPARE(contentKey(bytes), 0xba7816bf8f01cfeaull);
    }

    void filesAndPiecesAgree()
    {
        test::TemporaryFolder folder;
        std::string text(3'000'000, 'q');
        std::ofstream(folder / "f", std::ios::binary) << text;
        Hasher pieces(HashKind::Sha256);
        pieces.add(text.data(), 1'000'000);
        pieces.add(text.data() + 1'000'000, 2'000'000);
        QCOMPARE(hashFileHex(HashKind::Sha256, folder / "f"), pieces.hex());
        QVERIFY_THROWS_EXCEPTION(Error, hashFileHex(HashKind::Md5, folder / "absent"));
    }
};

THAW_TEST(TestHash)
#include "test_hash.moc"
