#include "core/base/random.h"
#include "core/data/dataset/csv.h"
#include "tests/core/data/made_pictures.h"
#include "tests/support/test_registry.h"

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

    void rowsAndFieldsAreLimited()
    {
        QCOMPARE(fieldsOf(std::string(999, ',')).front().size(), std::size_t(1000));
        const auto refusal = [](const std::string& text, const CsvLimits& limits) {
            return test::refusalOf(ErrorCode::DatasetInvalid, [&] { parseCsv(text, "list.csv", limits); });
        };
        const std::string wide = refusal("a\n" + std::string(1000, ','), {});
        QVERIFY2(wide.starts_with("list.csv: line 2 has more than 1000 fields"), wide.c_str());
        // A blank line is no row.
        const std::string rows = "a\nb\n\nc\n\n";
        QCOMPARE(parseCsv(rows, "list.csv", {.rows = 3}).size(), std::size_t(3));
        const std::string many = refusal(rows, {.rows = 2});
        QVERIFY2(many.starts_with("list.csv: it has more than 2 rows: line 4"), many.c_str());
        QCOMPARE(CsvLimits().rows, std::size_t(5'000'000));
    }

    void whatIsReadTakesNoMoreRoomThanPromised()
    {
        // 32 bytes a field, none of them spare.
        for (const CsvRow& row : parseCsv(",\n,,\n,,,,\n" + std::string(600, ','), "list.csv")) {
            QCOMPARE(row.fields.capacity(), row.fields.size());
        }
        QVERIFY(sizeof(CsvRow) + sizeof(std::string) <= 64);
    }

    void casesOfRfc4180_data()
    {
        QTest::addColumn<std::string>("text");
        QTest::addColumn<std::vector<Fields>>("expected");
        using Rows = std::vector<Fields>;
        QTest::newRow("last line without an end")
            << std::string("a,b\r\nc,d") << Rows{{"a", "b"}, {"c", "d"}};
        QTest::newRow("spaces are part of a field") << std::string(" a , b \r\n") << Rows{{" a ", " b "}};
        QTest::newRow("comma in quotes") << std::string("\"a,b\",c") << Rows{{"a,b", "c"}};
        QTest::newRow("line break in quotes")
            << std::string("\"a\r\nb\",c\r\nd,e") << Rows{{"a\r\nb", "c"}, {"d", "e"}};
        QTest::newRow("quotes alone") << std::string("\"\"\"\",x") << Rows{{"\"", "x"}};
        QTest::newRow("quoted blank among fields") << std::string("x,\"\",y") << Rows{{"x", "", "y"}};
        QTest::newRow("only commas") << std::string(",,\n") << Rows{{"", "", ""}};
        QTest::newRow("trailing comma") << std::string("a,\n") << Rows{{"a", ""}};
        QTest::newRow("rows of different lengths")
            << std::string("a\nb,c\nd,e,f") << Rows{{"a"}, {"b", "c"}, {"d", "e", "f"}};
        QTest::newRow("text behind a quoted part") << std::string("\"a\"b,c") << Rows{{"ab", "c"}};
        QTest::newRow("mark at the start only") << std::string("\xEF\xBB\xBF"
                                                               "a,\xEF\xBB\xBF"
                                                               "b")
                                                << Rows{{"a", "\xEF\xBB\xBF"
                                                              "b"}};
        QTest::newRow("bytes that are not UTF-8")
            << std::string("\xFF\xFE,\x80") << Rows{{"\xFF\xFE", "\x80"}};
        QTest::newRow("mixed line ends") << std::string("a\nb\rc\r\nd") << Rows{{"a"}, {"b"}, {"c"}, {"d"}};
    }

    void casesOfRfc4180()
    {
        QFETCH(std::string, text);
        QFETCH(std::vector<Fields>, expected);
        QCOMPARE(fieldsOf(text), expected);
    }

    void anyBytesAreReadOrRefused()
    {
        RandomStream random(2);
        const std::string alphabet = "a,,\"\"\n\r";
        for (int round = 0; round < 3000; ++round) {
            std::string text;
            for (std::uint64_t n = random.below(30); n > 0; --n) {
                text += alphabet[random.below(alphabet.size())];
            }
            std::vector<Fields> rows;
            const auto code = test::codeOf([&] { rows = fieldsOf(text); });
            // Refused exactly when a quote stays open.
            QCOMPARE(code.has_value(), std::count(text.begin(), text.end(), '"') % 2 == 1);
            std::size_t bytes = 0;
            for (const Fields& fields : rows) {
                for (const std::string& field : fields) {
                    bytes += field.size();
                }
            }
            QVERIFY(bytes <= text.size());
        }
    }

    void theLineOfAnOpenQuoteIsNamed()
    {
        try {
            parseCsv("a,b\nc,d\n\"e,f\ng,h\n", "list.csv");
            QFAIL("read a quote that is never closed");
        } catch (const Error& error) {
            QVERIFY(error.detail().find("line 3") != std::string::npos);
            QCOMPARE(error.path(), std::filesystem::path("list.csv"));
        }
    }

    // "\r\n" is one end of a line: the user looks where the message says.
    void linesOfWindowsFilesAreCountedOnce()
    {
        const auto rows = parseCsv("a\r\nb\r\n\r\nc", "list.csv");
        QCOMPARE(rows.size(), std::size_t(3));
        QCOMPARE(rows[0].line, std::size_t(1));
        QCOMPARE(rows[1].line, std::size_t(2));
        QCOMPARE(rows[2].line, std::size_t(4));
        const std::string open =
            test::refusalOf(ErrorCode::DatasetInvalid, [] { parseCsv("a\r\nb\r\n\"c", "list.csv"); });
        QVERIFY2(open.find("line 3") != std::string::npos, open.c_str());
    }

    void blanksAtTheEndsAreQuoted()
    {
        for (const char* value : {" a", "a ", "\ta", "a\t", " "}) {
            QCOMPARE(csvField(value), "\"" + std::string(value) + "\"");
        }
        QCOMPARE(csvField("a b"), std::string("a b"));
        QCOMPARE(csvField(""), std::string());
    }

    void namesCanNeitherComputeNorHide()
    {
        QCOMPARE(csvName("=1+1"), std::string("'=1+1"));
        QCOMPARE(csvName("@SUM(A1)"), std::string("'@SUM(A1)"));
        QCOMPARE(csvName("+1-cmd|' /C calc'!A0"), std::string("'+1-cmd|' /C calc'!A0"));
        QCOMPARE(csvName("-"), std::string("'-"));
        for (const char* name : {"-1", "+1.5", "a=b", "cat", "", "'"}) { // numbers compute to themselves
            QCOMPARE(csvName(name), std::string(name));
        }
        QCOMPARE(csvName("\t=1"), std::string("\\x09=1"));
        QCOMPARE(csvName("\x1b[2J, \u202E"), std::string("\"\\x1b[2J, \\u202e\""));
        QCOMPARE(csvPath("=cat/a.jpg"), std::string("./=cat/a.jpg"));
        QCOMPARE(csvPath("cat/=a.jpg"), std::string("cat/=a.jpg"));
        QCOMPARE(csvPath("a\nb, c.jpg"), std::string("\"a\\x0ab, c.jpg\""));
    }

    void whatIsWrittenReadsBack()
    {
        QCOMPARE(csvField("plain.jpg"), std::string("plain.jpg"));
        QCOMPARE(csvField("a,b"), std::string("\"a,b\""));
        QCOMPARE(csvField("a\"b"), std::string("\"a\"\"b\""));
        const std::string marked = "\xEF\xBB\xBFpath";
        QCOMPARE(fieldsOf(csvField(marked) + "\n"), std::vector<Fields>{Fields{marked}});
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

THAW_TEST(TestCsv)
#include "test_csv.moc"
