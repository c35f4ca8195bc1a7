#include "core/data/image/image_io.h"
#include "core/explain/map_rendering.h"
#include "core/model/weights/format/safetensors_file.h"
#include "tests/app/cli_process.h"
#include "tests/support/synthetic_dataset.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QtTest>

#include <csignal>
#include <fstream>

using namespace thaw;
using namespace thaw::test;

class TestCliExplain : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        isolateUserFolders(m_folder.path());
        SyntheticSpec spec;
        spec.perClass = 8;
        writeSyntheticDataset(m_folder / "hues", spec);
        const CliResult result = runCli(quickTraining(m_folder / "hues", m_folder / "run"));
        QVERIFY2(result.exitStatus == 0, result.err.constData());
        m_picture = m_folder.path() / "hues" / "red" / "red.0.png";
    }

    void writesPictureAndMap()
    {
        for (const QString method : {"hirescam", "gradcam", "occlusion"}) {
            const auto out = m_folder / ("out " + method.toStdString());
            const CliResult result =
                explain({text(m_picture), "--method", method, "--out", text(out), "--json"});
            QVERIFY2(result.exitStatus == 0, result.err.constData());
            QCOMPARE(result.lines().size(), 1);
            const QJsonObject line = result.lines().front();
            QCOMPARE(line.keys(), (QStringList{"class", "file", "largest", "layer", "logit", "map",
                                               "map_file", "method", "path", "scale"}));
            QCOMPARE(line["path"].toString(), text(m_picture));
            QCOMPARE(line["method"].toString(), method);
            QCOMPARE(line["layer"], method == "occlusion" ? QJsonValue() : QJsonValue("block5_conv3"));
            QCOMPARE(line["file"].toString(), text(out / "red.0.png"));
            QCOMPARE(line["map_file"].toString(), text(out / "red.0.safetensors"));
            // The raw map, the same in the file and on standard output.
            const SafetensorsFile file = readSafetensors(out / "red.0.safetensors");
            const NamedTensor& map = *file.find("map");
            QCOMPARE(&map, &file.tensors.front());
            const int side = method == "occlusion" ? 10 : 2;
            QCOMPARE(map.shape, (std::vector<std::int64_t>{side, side}));
            const QJsonArray rows = line["map"].toArray();
            QCOMPARE(rows.size(), side);
            float largest = 0;
            for (int i = 0; i < side * side; ++i) {
                const float value = map.values[static_cast<std::size_t>(i)];
                largest = std::max(largest, value);
                QCOMPARE(static_cast<float>(rows[i / side].toArray()[i % side].toDouble()), value);
            }
            QCOMPARE(static_cast<float>(line["largest"].toDouble()), largest);
            QVERIFY(line["scale"].toDouble() >= line["largest"].toDouble());
            QCOMPARE(file.metadata.at("class"), line["class"].toString().toStdString());
            QCOMPARE(file.metadata.at("method"), method.toStdString());
            // The picture is what rendering the map gives, of its own size.
            const PlaceMap places{side, side, map.values};
            const auto scale = static_cast<float>(line["scale"].toDouble());
            QVERIFY(loadImage(out / "red.0.png") ==
                    overlaid(loadImage(m_picture), places, ResizeRule::Stretch, scale, overlayOpacity));
        }
    }

    void theClassIsThePredictedOneOrTheOneAsked()
    {
        const QString predicted = runCli({"predict", text(m_folder / "run"), text(m_picture), "--json"})
                                      .lines()
                                      .front()["label"]
                                      .toString();
        const QString other = predicted == "red" ? "blue" : "red";
        const QJsonObject own =
            explain({text(m_picture), "--out", text(m_folder / "own"), "--json"}).lines().front();
        QCOMPARE(own["class"].toString(), predicted);
        const QJsonObject asked =
            explain({text(m_picture), "--class", other, "--out", text(m_folder / "other"), "--json"})
                .lines()
                .front();
        QCOMPARE(asked["class"].toString(), other);
        QCOMPARE(asked["logit"].toDouble(), -own["logit"].toDouble());
        // Two classes have one scale.
        QCOMPARE(asked["scale"].toDouble(), own["scale"].toDouble());
        QCOMPARE(std::max(asked["largest"].toDouble(), own["largest"].toDouble()), own["scale"].toDouble());
    }

    void walksFoldersAndKeepsNamesApart()
    {
        const auto folder = m_folder / "many";
        for (const char* name : {"a/x.png", "b/x.png", "b/X.png", "c/x-2.png"}) {
            std::filesystem::create_directories((folder / name).parent_path());
            std::filesystem::copy_file(m_picture, folder / name);
        }
        std::ofstream(folder / "b" / "notes.txt") << "no picture";
        std::ofstream(folder / "c" / "broken.png") << "no picture either";
        const auto out = m_folder / "many out";
        const CliResult result = explain({text(folder), "--out", text(out), "--json"});
        QCOMPARE(result.exitStatus, 0);
        QStringList told;
        QSet<QString> files;
        for (const QJsonObject& line : result.lines()) {
            told << QString(line["path"].toString()).remove(text(folder) + "/") +
                        (line.contains("error") ? " !" : "");
            if (!line.contains("error")) {
                files << line["file"].toString().toLower() << line["map_file"].toString().toLower();
                QVERIFY(QFile::exists(line["file"].toString()) && QFile::exists(line["map_file"].toString()));
            }
        }
        QCOMPARE(told, (QStringList{"a/x.png", "b/X.png", "b/notes.txt !", "b/x.png", "c/broken.png !",
                                    "c/x-2.png"}));
        QCOMPARE(files.size(), 8);
        QCOMPARE(QDir(text(out)).entryList(QDir::Files).size(), 8);
        QVERIFY2(result.err.contains("2 files of 6 could not be explained"), result.err.constData());
    }

    void saysItInWords()
    {
        const CliResult result = explain({text(m_picture), "--out", text(m_folder / "words")});
        QCOMPARE(result.exitStatus, 0);
        QCOMPARE(result.out.count('\n'), 1);
        QVERIFY2(result.out.startsWith(text(m_picture).toUtf8() + "  "), result.out.constData());
        QVERIFY2(result.out.contains("logit "), result.out.constData());
        QVERIFY2(result.out.contains(text(m_folder / "words" / "red.0.png").toUtf8()),
                 result.out.constData());
    }

    void onlyBrokenFilesLeaveNothing()
    {
        const auto broken = m_folder / "broken.jpg";
        std::ofstream(broken) << "no picture";
        const CliResult result = explain(
            {text(broken), text(m_folder / "missing.png"), "--out", text(m_folder / "none"), "--json"});
        QCOMPARE(result.exitStatus, 3);
        QCOMPARE(result.lines().size(), 2);
        QVERIFY(!std::filesystem::exists(m_folder / "none"));
    }

    void refusesWhatIsNotThere_data()
    {
        QTest::addColumn<QStringList>("options");
        QTest::addColumn<QByteArray>("mention");
        const QString picture = text(m_picture);
        QTest::newRow("class") << QStringList{picture, "--class", "rad"} << QByteArray("did you mean red?");
        QTest::newRow("class far off") << QStringList{picture, "--class", "zebra"} << QByteArray("blue, red");
        QTest::newRow("layer") << QStringList{picture, "--layer", "block5_conv4"}
                               << QByteArray("block5_conv3");
        QTest::newRow("pool") << QStringList{picture, "--layer", "block5_pool"}
                              << QByteArray("no convolution");
        QTest::newRow("method") << QStringList{picture, "--method", "saliency"} << QByteArray("--method");
        QTest::newRow("opacity") << QStringList{picture, "--opacity", "2"} << QByteArray("--opacity");
    }

    void refusesWhatIsNotThere()
    {
        QFETCH(QStringList, options);
        QFETCH(QByteArray, mention);
        const CliResult result = explain(options + QStringList{"--out", text(m_folder / "refused")});
        QVERIFY2(result.exitStatus == 2, result.err.constData());
        QCOMPARE(result.errorLines(), 1);
        QVERIFY2(result.err.contains(mention), result.err.constData());
        QVERIFY(!std::filesystem::exists(m_folder / "refused"));
    }

    void aFolderInUseIsLeftAlone()
    {
        const auto used = m_folder / "used";
        std::filesystem::create_directories(used);
        std::ofstream(used / "mine") << "kept";
        QCOMPARE(explain({text(m_picture), "--out", text(used)}).exitStatus, 2);
        QCOMPARE(QDir(text(used)).entryList(QDir::Files), QStringList{"mine"});
    }

    void interruptedItKeepsWhatIsDone()
    {
        QStringList arguments{"explain", text(m_folder / "run"),    "--method", "occlusion", "--json",
                              "--out",   text(m_folder / "stopped")};
        for (int i = 0; i < 500; ++i) {
            arguments << text(m_picture);
        }
        QProcess process;
        startCli(process, arguments);
        QByteArray read;
        QVERIFY(waitForOutput(process, "\n", read));
        kill(static_cast<pid_t>(process.processId()), SIGINT);
        const CliResult result = finishCli(process);
        QCOMPARE(result.exitStatus, 130);
        const QJsonObject first = QJsonDocument::fromJson(read.left(read.indexOf('\n'))).object();
        QVERIFY(QFile::exists(first["file"].toString()));
    }

private:
    CliResult explain(const QStringList& arguments) const
    {
        return runCli(QStringList{"explain", text(m_folder / "run")} + arguments);
    }

    TemporaryFolder m_folder;
    std::filesystem::path m_picture;
};

THAW_TEST(TestCliExplain)
#include "test_cli_explain.moc"
