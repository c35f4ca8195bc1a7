#include "core/base/error.h"
#include "core/model/weights/format/safetensors_file.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>
#include <sys/stat.h>

using namespace thaw;

namespace {

void writeRaw(const std::filesystem::path& path, const std::string& header, const std::string& data,
              std::uint64_t claimedLength)
{
    std::ofstream stream(path, std::ios::binary);
    stream.write(reinterpret_cast<const char*>(&claimedLength), sizeof claimedLength);
    stream << header << data;
}

void writeRaw(const std::filesystem::path& path, const std::string& header, const std::string& data)
{
    writeRaw(path, header, data, header.size());
}

template <class Value>
std::string bytesOf(std::initializer_list<Value> values)
{
    std::string bytes;
    for (const Value value : values) {
        bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
    }
    return bytes;
}

/// What reading fails with, or an empty string.
std::string messageOf(const std::filesystem::path& path, ErrorCode expected)
{
    try {
        readSafetensors(path);
    } catch (const Error& error) {
        return error.code() == expected ? error.what() : std::string();
    }
    return {};
}

} // namespace

class TestSafetensorsFile : public QObject
{
    Q_OBJECT

private slots:
    void roundTripKeepsOrderBitsAndMetadata()
    {
        SafetensorsFile file;
        file.tensors = {
            {"z", {2, 3}, {1, -2.5f, 3e-40f, std::numeric_limits<float>::max(), -0.0f, 0.1f}},
            {"a \"quoted\" näme", {}, {7}},
            {"empty", {0, 4}, {}},
        };
        file.metadata = {{"classes", "[\"cät\",\"dog\\n\"]"}, {"", "empty key"}};
        writeSafetensors(m_folder / "f", file);
        const SafetensorsFile read = readSafetensors(m_folder / "f");
        QCOMPARE(read.tensors, file.tensors);
        QVERIFY(std::signbit(read.tensors[0].values[4]));
        QCOMPARE(read.metadata, file.metadata);
        QCOMPARE(readSafetensorsMetadata(m_folder / "f"), file.metadata);
        QVERIFY(read.find("z") == &read.tensors[0]);
        QVERIFY(read.find("y") == nullptr);
    }

    void contentHashCoversAllAndStays()
    {
        SafetensorsFile file;
        file.tensors = {{"caf\xE8", {2, 1}, {1, 2}}, {"b", {1}, {3}}};
        file.metadata = {{"source", "/home/caf\xE8"}};
        const std::string hash = contentHashOf(file);
        QCOMPARE(hash.size(), std::size_t(64));
        file.metadata[contentHashKey] = hash;
        writeSafetensors(m_folder / "f", file);
        QCOMPARE(contentHashOf(readSafetensors(m_folder / "f")), hash);
        const auto changed = [&](auto change) {
            SafetensorsFile other = file;
            change(other);
            return contentHashOf(other) != hash;
        };
        QVERIFY(changed([](SafetensorsFile& other) { other.tensors[1].values[0] = 4; }));
        QVERIFY(changed([](SafetensorsFile& other) { other.tensors[1].name = "c"; }));
        QVERIFY(changed([](SafetensorsFile& other) { other.tensors[0].shape = {1, 2}; }));
        QVERIFY(changed([](SafetensorsFile& other) { other.tensors.pop_back(); }));
        QVERIFY(changed([](SafetensorsFile& other) { other.metadata["source"] = "elsewhere"; }));
        QVERIFY(changed([](SafetensorsFile& other) { other.metadata["note"] = ""; }));
    }

    // As the format asks: length, JSON padded so that the data are aligned, data without gaps.
    void layoutIsTheFormats()
    {
        SafetensorsFile file;
        file.tensors = {{"t", {1}, {1.0f}}};
        writeSafetensors(m_folder / "f", file);
        std::ifstream stream(m_folder / "f", std::ios::binary);
        const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
        std::uint64_t length = 0;
        std::memcpy(&length, bytes.data(), 8);
        QCOMPARE(length % 8, std::uint64_t(0));
        QCOMPARE(bytes.size(), std::size_t(8 + length + 4));
        const std::string header = R"({"t":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})";
        QCOMPARE(bytes.substr(8, header.size()), header);
        QCOMPARE(bytes.substr(8 + length), bytesOf({1.0f}));
    }

    void otherNumberTypesBecomeFloat()
    {
        const std::string header = R"({"h":{"dtype":"F16","shape":[6],"data_offsets":[0,12]},)"
                                   R"("b":{"dtype":"BF16","shape":[2],"data_offsets":[12,16]},)"
                                   R"("d":{"dtype":"F64","shape":[1],"data_offsets":[16,24]},)"
                                   R"("u":{"dtype":"U8","shape":[2],"data_offsets":[24,26]}})";
        // Halves: 1, −2, the greatest, the smallest subnormal, infinity, NaN.
        const std::string data =
            bytesOf<std::uint16_t>({0x3c00, 0xc000, 0x7bff, 0x0001, 0x7c00, 0x7e00, 0x3f80, 0xc040}) +
            bytesOf({0.5}) + bytesOf<std::uint8_t>({0, 255});
        writeRaw(m_folder / "f", header, data);
        const SafetensorsFile file = readSafetensors(m_folder / "f");
        const std::vector<float>& half = file.find("h")->values;
        QCOMPARE(half[0], 1.0f);
        QCOMPARE(half[1], -2.0f);
        QCOMPARE(half[2], 65504.0f);
        QCOMPARE(half[3], std::ldexp(1.0f, -24));
        QVERIFY(std::isinf(half[4]));
        QVERIFY(std::isnan(half[5]));
        QCOMPARE(file.find("b")->values, (std::vector<float>{1.0f, -3.0f}));
        QCOMPARE(file.find("d")->values, std::vector<float>{0.5f});
        QCOMPARE(file.find("u")->values, (std::vector<float>{0.0f, 255.0f}));
    }

    void tensorsMayBeListedInAnyOrder()
    {
        writeRaw(m_folder / "f",
                 R"({"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]},)"
                 R"("a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})",
                 bytesOf({1.0f, 2.0f}));
        const SafetensorsFile file = readSafetensors(m_folder / "f");
        QCOMPARE(file.find("a")->values, std::vector<float>{1.0f});
        QCOMPARE(file.find("b")->values, std::vector<float>{2.0f});
    }

    void hostileHeaders_data()
    {
        QTest::addColumn<QString>("header");
        QTest::addColumn<QString>("word");
        const auto row = [](const char* name, const char* header, const char* word) {
            QTest::newRow(name) << QString(header) << QString(word);
        };
        row("no JSON", "{\"t\":", "JSON");
        row("array", "[1,2]", "header");
        row("number", "7", "header");
        row("behind the object", R"({"t":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}{})", "JSON");
        row("deep", R"({"t":{"dtype":{"x":{"y":1}}}})", "t ");
        row("nested array", R"({"t":{"shape":[[1]]}})", "t ");
        row("fields missing", R"({"t":{"dtype":"F32"}})", "t ");
        row("number of a string", R"({"t":{"dtype":5,"shape":[2],"data_offsets":[0,8]}})", "t ");
        row("negative size", R"({"t":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}})", "t ");
        row("fraction", R"({"t":{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]}})", "t ");
        row("one offset", R"({"t":{"dtype":"F32","shape":[2],"data_offsets":[8]}})", "t ");
        row("three offsets", R"({"t":{"dtype":"F32","shape":[2],"data_offsets":[0,8,9]}})", "t ");
        row("unknown field", R"({"t":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"x":1}})", "t ");
        row("type", R"({"t":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}})", "I64");
        row("outside", R"({"t":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}})", "outside");
        row("backwards", R"({"t":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}})", "outside");
        row("shape and bytes", R"({"t":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}})", "shape");
        row("overflowing", R"({"t":{"dtype":"F32","shape":[4611686018427387904,2],"data_offsets":[0,8]}})",
            "shape");
        row("huge size", R"({"t":{"dtype":"F32","shape":[18446744073709551615],"data_offsets":[0,8]}})",
            "shape");
        row("hole before", R"({"t":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", "hole");
        row("rest behind", R"({"t":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", "behind");
        row("overlap",
            R"({"t":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
            R"("u":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
            "overlaps");
        row("twice",
            R"({"t":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
            R"("t":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
            "twice");
        row("metadata of numbers",
            R"({"__metadata__":{"a":1},"t":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", "metadata");
        row("metadata of objects",
            R"({"__metadata__":{"a":{}},"t":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", "metadata");
    }

    void hostileHeaders()
    {
        QFETCH(QString, header);
        QFETCH(QString, word);
        writeRaw(m_folder / "f", header.toStdString(), bytesOf({1.0f, 2.0f}));
        const QString message = QString::fromStdString(messageOf(m_folder / "f", ErrorCode::WeightsInvalid));
        QVERIFY2(message.contains(word), qPrintable(message));
        QVERIFY(!message.contains('\n'));
    }

    void lengthsThatLie()
    {
        std::ofstream(m_folder / "short") << "abc";
        QVERIFY(!messageOf(m_folder / "short", ErrorCode::WeightsInvalid).empty());
        for (const std::uint64_t length : {std::uint64_t(3), std::uint64_t(99'000'000), ~std::uint64_t(0)}) {
            writeRaw(m_folder / "lie", "{}", "", length);
            QVERIFY(!messageOf(m_folder / "lie", ErrorCode::WeightsInvalid).empty());
        }
    }

    void everyCutIsNoticed()
    {
        SafetensorsFile file;
        file.tensors = {{"t", {2, 2}, {1, 2, 3, 4}}};
        writeSafetensors(m_folder / "whole", file);
        const auto size = std::filesystem::file_size(m_folder / "whole");
        for (std::uintmax_t cut = 0; cut < size; ++cut) {
            std::filesystem::copy_file(m_folder / "whole", m_folder / "cut",
                                       std::filesystem::copy_options::overwrite_existing);
            std::filesystem::resize_file(m_folder / "cut", cut);
            QVERIFY2(!messageOf(m_folder / "cut", ErrorCode::WeightsInvalid).empty(),
                     qPrintable(QString::number(cut)));
        }
    }

    void whatIsNoFile()
    {
        QVERIFY(!messageOf(m_folder / "absent", ErrorCode::FileNotFound).empty());
        QVERIFY(!messageOf(m_folder.path(), ErrorCode::FileUnreadable).empty());
        QCOMPARE(mkfifo((m_folder / "pipe").c_str(), 0600), 0);
        QVERIFY(!messageOf(m_folder / "pipe", ErrorCode::FileUnreadable).empty());
    }

    // Names of pictures, say, from a time before UTF-8: those that differ must not become one.
    void bytesThatAreNoUtf8AreWrittenAsNumbers()
    {
        SafetensorsFile file;
        file.tensors = {{"caf\xe9.png", {1}, {1}},
                        {"caf\xe8.png", {1}, {2}},
                        {"cut \xc3", {1}, {3}},
                        {"ä€😀 stay", {1}, {4}}};
        file.metadata = {{"source", "caf\xe9.h5"}};
        writeSafetensors(m_folder / "f", file);
        const SafetensorsFile read = readSafetensors(m_folder / "f");
        QCOMPARE(read.tensors.size(), std::size_t(4));
        QCOMPARE(read.find(R"(caf\xE9.png)")->values, std::vector<float>{1});
        QCOMPARE(read.find(R"(caf\xE8.png)")->values, std::vector<float>{2});
        QCOMPARE(read.find(R"(cut \xC3)")->values, std::vector<float>{3});
        QCOMPARE(read.find("ä€😀 stay")->values, std::vector<float>{4});
        QCOMPARE(read.metadata.at("source"), std::string(R"(caf\xE9.h5)"));
    }

    // What looks like UTF-8 and is not: JSON would refuse it.
    void sequencesThatAreNoUtf8()
    {
        for (const char* text : {"\x80", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf0\x80\x80\x80",
                                 "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80", "\xff", "\xe2\x82"})
        {
            const std::string bytes = text;
            SafetensorsFile file;
            file.tensors.push_back({bytes, {1}, {1}});
            writeSafetensors(m_folder / "f", file);
            const std::string name = readSafetensors(m_folder / "f").tensors.at(0).name;
            QCOMPARE(name.size(), 4 * bytes.size());
            QVERIFY(name.starts_with("\\x"));
        }
    }

    void inconsistentTensorsAreNotWritten()
    {
        SafetensorsFile twice;
        twice.tensors = {{"t", {1}, {1}}, {"t", {1}, {2}}};
        QVERIFY_THROWS_EXCEPTION(Error, writeSafetensors(m_folder / "new", twice));
        SafetensorsFile shape;
        shape.tensors = {{"t", {2}, {1}}};
        QVERIFY_THROWS_EXCEPTION(Error, writeSafetensors(m_folder / "new", shape));
        QVERIFY(!std::filesystem::exists(m_folder / "new"));
    }

private:
    test::TemporaryFolder m_folder;
};

THAW_TEST(TestSafetensorsFile)
#include "test_safetensors_file.moc"
