#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/data/image/image_io.h"
#include "core/data/sample/sample_sources.h"
#include "core/data/sample/zip_unpack.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QtTest>

#include <zip.h>

#include <memory>
#include <set>
#include <utility>
#include <vector>

using namespace thaw;
namespace fs = std::filesystem;

namespace {

using Files = std::vector<std::pair<std::string, std::string>>;

void writeZip(const fs::path& path, const Files& files)
{
    int code = 0;
    zip_t* archive = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code);
    QVERIFY(archive);
    for (const auto& [name, content] : files) {
        zip_source_t* source = zip_source_buffer(archive, content.data(), content.size(), 0);
        QVERIFY(zip_file_add(archive, name.c_str(), source, ZIP_FL_ENC_UTF_8) >= 0);
    }
    QCOMPARE(zip_close(archive), 0);
}

std::set<std::string> filesBelow(const fs::path& folder)
{
    std::set<std::string> names;
    for (const auto& item : fs::recursive_directory_iterator(folder)) {
        if (item.is_regular_file()) {
            names.insert(item.path().lexically_relative(folder).string());
        }
    }
    return names;
}

/// A PNG of one colour.
void writePicture(const fs::path& path, std::uint8_t level)
{
    fs::create_directories(path.parent_path());
    writePng(path, {4, 4, std::vector<std::uint8_t>(48, level)});
}

Files catsAndDogs()
{
    Files files{{"cats_and_dogs_filtered/vectorize.py", "print()"}};
    for (const char* part : {"train/cats", "train/dogs", "validation/cats", "validation/dogs"}) {
        files.emplace_back(std::string("cats_and_dogs_filtered/") + part + "/1.jpg", part);
    }
    return files;
}

} // namespace

class TestSampleSources : public QObject
{
    Q_OBJECT

private slots:
    void init() { m_folder = std::make_unique<test::TemporaryFolder>(); }
    void cleanup() { m_folder.reset(); }

    void unpackTakesPicturesOnly()
    {
        writeZip(*m_folder / "a.zip", {{"x/one.jpg", "first"},
                                       {"x/y/two.PNG", std::string(100'000, 'p')},
                                       {"x/read.txt", "words"},
                                       {"x/run.py", "import os"}});
        std::vector<Progress> reports;
        QVERIFY(unpackPictures(*m_folder / "a.zip", *m_folder / "out", {},
                               [&reports](const Progress& progress) { reports.push_back(progress); }));
        QCOMPARE(filesBelow(*m_folder / "out"), (std::set<std::string>{"x/one.jpg", "x/y/two.PNG"}));
        QCOMPARE(readTextFile(*m_folder / "out" / "x/one.jpg", 100), std::string("first"));
        QCOMPARE(fs::file_size(*m_folder / "out" / "x/y/two.PNG"), std::uintmax_t(100'000));
        QVERIFY(!reports.empty() && reports.back() == (Progress{4, 4}));
    }

    void unpackRefusesNamesThatLeaveTheFolder_data()
    {
        QTest::addColumn<QString>("name");
        QTest::newRow("parent") << "../evil.png";
        QTest::newRow("parent inside") << "a/../../evil.png";
        QTest::newRow("absolute") << "/evil.png";
        QTest::newRow("backslash") << "..\\evil.png";
        QTest::newRow("not a picture") << "../evil.sh";
    }

    void unpackRefusesNamesThatLeaveTheFolder()
    {
        QFETCH(QString, name);
        writeZip(*m_folder / "a.zip", {{name.toStdString(), "bad"}});
        expectRefusal({});
        QCOMPARE(filesBelow(m_folder->path()), (std::set<std::string>{"a.zip"}));
    }

    void unpackStopsAtTheLimits()
    {
        const std::string zeros(300'000, '\0'); // a few hundred bytes when packed
        writeZip(*m_folder / "a.zip", {{"one.png", zeros}, {"two.png", zeros}});
        UnpackLimits limits;
        limits.bytes = 500'000;
        expectRefusal(limits);
        limits.bytes = 600'000;
        limits.entries = 1;
        expectRefusal(limits);
        limits.entries = 2;
        QVERIFY(unpackPictures(*m_folder / "a.zip", *m_folder / "fits", limits));
    }

    void unpackRefusesDamage()
    {
        writeZip(*m_folder / "a.zip", {{"one.png", QByteArray(5000, 'x').append("tail").toStdString()}});
        std::string bytes = readTextFile(*m_folder / "a.zip", 1 << 20);
        std::string damaged = bytes;
        damaged[45] ^= 0x55; // inside the packed data: the checksum cannot hold
        writeFileAtomically(*m_folder / "a.zip", damaged);
        expectRefusal({});
        for (const std::size_t length : {std::size_t(0), std::size_t(10), bytes.size() / 2, bytes.size() - 1})
        {
            writeFileAtomically(*m_folder / "a.zip", bytes.substr(0, length));
            expectRefusal({});
        }
    }

    void unpackStops()
    {
        writeZip(*m_folder / "a.zip", {{"one.png", "1"}});
        std::stop_source source;
        source.request_stop();
        QVERIFY(!unpackPictures(*m_folder / "a.zip", *m_folder / "out", {}, {}, source.get_token()));
    }

    void catsAndDogsKeepsTheSplitFolders()
    {
        writeZip(*m_folder / "public.zip", catsAndDogs());
        fs::create_directories(*m_folder / "scratch");
        QVERIFY(fetchCatsAndDogs({url("public.zip")}, *m_folder / "scratch", *m_folder / "made", {}, {}));
        QCOMPARE(filesBelow(*m_folder / "made"),
                 (std::set<std::string>{"train/cats/1.jpg", "train/dogs/1.jpg", "validation/cats/1.jpg",
                                        "validation/dogs/1.jpg"}));
        QCOMPARE(readTextFile(*m_folder / "made" / "validation/dogs/1.jpg", 100),
                 std::string("validation/dogs"));
    }

    void catsAndDogsRefusesAnotherArchive()
    {
        Files files = catsAndDogs();
        files.pop_back();
        writeZip(*m_folder / "public.zip", files);
        fs::create_directories(*m_folder / "scratch");
        QVERIFY_EXCEPTION_THROWN(
            fetchCatsAndDogs({url("public.zip")}, *m_folder / "scratch", *m_folder / "made", {}, {}), Error);
        QVERIFY(!fs::exists(*m_folder / "made"));
    }

    void whatIsPublishedIsPinned()
    {
        writeZip(*m_folder / "public.zip", catsAndDogs());
        fs::create_directories(*m_folder / "scratch");
        SampleArchive archive = catsAndDogsArchive();
        QVERIFY(archive.url.starts_with("https://"));
        QCOMPARE(archive.sha256.size(), std::size_t(64));
        archive.url = url("public.zip");
        try {
            fetchCatsAndDogs(archive, *m_folder / "scratch", *m_folder / "made", {}, {});
            QFAIL("another archive must not be taken for the published one");
        } catch (const Error& error) {
            QVERIFY2(QByteArray(error.what()).contains("SHA-256"), error.what());
        }
        QVERIFY(!fs::exists(*m_folder / "made"));
    }

    void anAbsentAddressIsTheNetworksFault()
    {
        fs::create_directories(*m_folder / "scratch");
        try {
            fetchCatsAndDogs({url("none.zip")}, *m_folder / "scratch", *m_folder / "made", {}, {});
            QFAIL("nothing is there");
        } catch (const Error& error) {
            QCOMPARE(error.code(), ErrorCode::NetworkUnavailable);
        }
    }

    void stampsBecomeTwoClassesWithoutDrawings()
    {
        const fs::path stamps = *m_folder / "stamps";
        writePicture(stamps / "animals/mammals/cat.png", 10);
        writePicture(stamps / "animals/mammals/cats/cartoon/tom.png", 20);
        writePicture(stamps / "food/fruit/apple.png", 30);
        writePicture(stamps / "plants/apple.png", 40);
        writePicture(stamps / "vehicles/car.png", 50);
        writeFileAtomically(stamps / "animals/mammals/cat.txt", "A cat.");
        QVERIFY(copyStamps(stamps, *m_folder / "made", {}, {}));
        QCOMPARE(
            filesBelow(*m_folder / "made"),
            (std::set<std::string>{"animals/animals_mammals_cat.png", "plants_and_food/food_fruit_apple.png",
                                   "plants_and_food/plants_apple.png"}));
        QCOMPARE(loadImage(*m_folder / "made" / "plants_and_food/plants_apple.png").pixels.front(),
                 std::uint8_t(40));
    }

    void stampsWithoutAClassAreRefused()
    {
        writePicture(*m_folder / "stamps/animals/cat.png", 10);
        QVERIFY_EXCEPTION_THROWN(copyStamps(*m_folder / "stamps", *m_folder / "made", {}, {}), Error);
    }

private:
    std::string url(const char* name) const { return "file://" + (*m_folder / name).string(); }

    void expectRefusal(const UnpackLimits& limits)
    {
        fs::remove_all(*m_folder / "out");
        try {
            unpackPictures(*m_folder / "a.zip", *m_folder / "out", limits);
            QFAIL("the archive must be refused");
        } catch (const Error& error) {
            QCOMPARE(error.code(), ErrorCode::DatasetInvalid);
            QCOMPARE(error.path(), *m_folder / "a.zip");
        }
    }

    std::unique_ptr<test::TemporaryFolder> m_folder;
};

THAW_TEST(TestSampleSources)
#include "test_sample_sources.moc"
