#include "core/base/random.h"
#include "core/data/csv.h"
#include "tests/core/data/made_pictures.h"

#include <QTest>

using namespace thaw;

namespace {

using Fields = std::vector<std::string>;

std::vector<Fields> fieldsOf(const std::string& text)
{
    std::vector<Fields> result;
    for (const CsvRow& row : parseCsv(text, "list.csv")) {
        result.push_back(row.fields);
    }
    return result;
}

} // namespace

class TestCsv : public QObject
{
    Q_OBJECT

private slots:
    void plainRows()
    {
        const std::vector<Fields> expected{{"a", "b"}, {"c", ""}, {"", "d"}};
        QCOMPARE(fieldsOf("a,b\nc,\n,d"), expected);
        QCOMPARE(fieldsOf("a,b\r\nc,\r\n,d\r\n"), expected);
        QCOMPARE(fieldsOf("a,b\rc,\r,d\r"), expected);
        QCOMPARE(fieldsOf("\xEF\xBB\xBF"
                          "a,b\n\n\nc,\n\n,d\n\n"),
                 expected);
        QVERIFY(fieldsOf("").empty());
        QVERIFY(fieldsOf("\n\r\n").empty());
    }

    void quotedFields()
    {
        QCOMPARE(fieldsOf("\"a,b\",\"c\"\"d\",\"e\nf\"\n"), (std::vector<Fields>{{"a,b", "c\"d", "e\nf"}}));
        QCOMPARE(fieldsOf("\"\",x"), (std::vector<Fields>{{"", "x"}}));
    }

    void linesAreCountedThroughQuotes()
    {
        const auto rows = parseCsv("a\n\"b\r\nc\"\n\nd\n", "list.csv");
        QCOMPARE(rows.size(), std::size_t(3));
        QCOMPARE(rows[1].line, std::size_t(2));
        QCOMPARE(rows[2].line, std::size_t(5));
    }

    void whatIsNoCsvIsRefused()
    {
        const auto invalid = std::optional(ErrorCode::DatasetInvalid);
        QCOMPARE(test::codeOf([] { parseCsv("a,\"b\nc", "list.csv"); }), invalid);
        QCOMPARE(test::codeOf([] { parseCsv(std::string("a\0b", 3), "list.csv"); }), invalid);
    }

    void whatIsWrittenReadsBack()
    {
        QCOMPARE(csvField("plain.jpg"), std::string("plain.jpg"));
        QCOMPARE(csvField("a,b"), std::string("\"a,b\""));
        QCOMPARE(csvField("a\"b"), std::string("\"a\"\"b\""));
        RandomStream random(1);
        const std::string alphabet = "ab,\"\n\r \xC3\xA4";
        for (int round = 0; round < 200; ++round) {
            Fields fields;
            std::string line;
            for (int i = 0; i < 3; ++i) {
                std::string field = "x";
                for (std::uint64_t n = random.below(8); n > 0; --n) {
                    field += alphabet[random.below(alphabet.size())];
                }
                line += (i ? "," : "") + csvField(field);
                fields.push_back(field);
            }
            QCOMPARE(fieldsOf(line + "\r\n"), std::vector<Fields>{fields});
        }
    }
};

QTEST_GUILESS_MAIN(TestCsv)
#include "test_csv.moc"
