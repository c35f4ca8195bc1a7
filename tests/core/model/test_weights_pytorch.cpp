#include "core/base/error.h"
#include "tests/core/model/weights_files.h"
#include "tests/support/error_code.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <cstring>
#include <fstream>
#include <limits>

using namespace thaw;

namespace {

void replaceAll(std::string& text, const std::string& from, const std::string& to)
{
    if (text.find(from) == std::string::npos) {
        throw std::runtime_error("nothing to replace: " + from);
    }
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
        text.replace(at, from.size(), to);
    }
}

} // namespace

/// Files of PyTorch, changed.
class TestWeightsPyTorch : public QObject
{
    Q_OBJECT

    std::string entry(const std::string& name) const { return "torch_classifier/" + name; }

    QString failure()
    {
        test::writeArchive(m_path, m_entries);
        return failureAsItIs();
    }

    QString failureAsItIs()
    {
        return QString::fromStdString(
            test::refusalOf(ErrorCode::WeightsInvalid, [&] { readBaseWeights(m_path); }));
    }

private slots:
    void init()
    {
        m_entries = test::readArchive(test::writtenWeightsFile("torch_classifier.pth", m_folder.path()));
    }

    void storedOrPacked()
    {
        for (const bool packed : {false, true}) {
            test::writeArchive(m_path, m_entries, packed);
            QVERIFY(readBaseWeights(m_path).layers == test::writtenLayers());
        }
    }

    void renamedFirstLayer()
    {
        // Texts carry their length, so a new name must have as many letters.
        replaceAll(m_entries.at(entry("data.pkl")), "features.0.", "modules.0.x");
        QVERIFY2(failure().contains("tensor features.0.weight is missing"), qPrintable(failure()));
    }

    void damagedValuesNameTheTensor()
    {
        // Storage 2 belongs to the second layer's kernel.
        std::string& values = m_entries.at(entry("data/2"));
        const float nan = std::numeric_limits<float>::quiet_NaN();
        std::memcpy(values.data() + 8, &nan, sizeof nan);
        QVERIFY2(failure().contains("features.2.weight holds values that are not finite"),
                 qPrintable(failure()));
        values.pop_back();
        QVERIFY2(failure().contains("features.2.weight are 143 bytes instead of 36 numbers"),
                 qPrintable(failure()));
        values += std::string(5, '\0');
        QVERIFY2(failure().contains("features.2.weight are 148 bytes"), qPrintable(failure()));
        m_entries.erase(entry("data/2"));
        QVERIFY2(failure().contains("features.2.weight are missing"), qPrintable(failure()));
    }

    void missingAndRenamedTensors()
    {
        replaceAll(m_entries.at(entry("data.pkl")), "features.10.bias", "features.11.bias");
        QVERIFY2(failure().contains("tensor features.10.bias is missing"), qPrintable(failure()));
    }

    void namesThatOccurTwice()
    {
        replaceAll(m_entries.at(entry("data.pkl")), "features.12.bias", "features.10.bias");
        QVERIFY2(failure().contains("features.10.bias is there twice"), qPrintable(failure()));
    }

    void otherShapes()
    {
        // (2, 2, 3, 3) of the second kernel becomes (2, 2, 9, 1), whose strides reach further.
        std::string& pickle = m_entries.at(entry("data.pkl"));
        const std::string shape("(K\x02K\x02K\x03K\x03t", 10);
        QVERIFY(pickle.find(shape) != std::string::npos);
        replaceAll(pickle, shape, std::string("(K\x02K\x02K\x09K\x01t", 10));
        QVERIFY2(failure().contains("features.2.weight"), qPrintable(failure()));
        QVERIFY(failure().contains("outside its storage"));
        replaceAll(pickle, std::string("(K\x02K\x02K\x09K\x01t", 10),
                   std::string("(K\x02K\x01K\x03K\x03t", 10));
        QVERIFY2(failure().contains("features.2.weight has the shape [2, 1, 3, 3] instead of [2, 2, 3, 3]"),
                 qPrintable(failure()));
        replaceAll(pickle, std::string("(K\x02K\x01K\x03K\x03t", 10),
                   std::string("(K\x02K\x00K\x03K\x03t", 10));
        QVERIFY2(failure().contains("features.2.weight has an impossible shape"), qPrintable(failure()));
    }

    // The shape says how much memory is asked for, so it must not be believed before the storage bears it
    // out.
    void shapesBeyondTheStorage()
    {
        std::string& pickle = m_entries.at(entry("data.pkl"));
        const std::string small("(K\x02K\x02K\x03K\x09t", 10);
        const std::string enormous("(M\x00\x04M\x00\x04M\x00\x04K\x01t", 13); // 1024 · 1024 · 1024 · 1
        replaceAll(pickle, std::string("(K\x02K\x02K\x03K\x03t", 10), small);
        replaceAll(pickle, std::string("(K\x12K\x09K\x03K\x01t", 10),
                   std::string("(K\x00K\x00K\x00K\x00t", 10));
        QVERIFY2(failure().contains("features.2.weight claims more values than its storage"),
                 qPrintable(failure()));
        replaceAll(pickle, small, enormous);
        QVERIFY2(failure().contains("features.2.weight claims more values than its storage"),
                 qPrintable(failure()));
        // 2³⁰ values in the storage, it says too.
        replaceAll(pickle, "h\x07K\x24t", std::string("h\x07J\x00\x00\x00\x40t", 8));
        QVERIFY2(failure().contains("features.2.weight has an impossible shape"), qPrintable(failure()));
    }

    void integersAreNoWeights()
    {
        replaceAll(m_entries.at(entry("data.pkl")), "FloatStorage", "ShortStorage");
        QVERIFY2(failure().contains("features.0.weight is kept as ShortStorage"), qPrintable(failure()));
    }

    // What the name of a storage says is only compared with the archive's own list.
    void storagesAreLookedForInTheArchiveOnly()
    {
        replaceAll(m_entries.at(entry("data.pkl")), std::string("X\x01\0\0\0002", 6),
                   std::string("X\x01\0\0\0/", 6));
        QVERIFY2(failure().contains("there is no torch_classifier/data//"), qPrintable(failure()));
    }

    void programsAreNeverRun()
    {
        const std::filesystem::path trace = m_folder / "trace";
        const std::string command = "touch " + trace.string();
        std::string& pickle = m_entries.at(entry("data.pkl"));
        pickle = "\x80\x02"
                 "cposix\nsystem\nX";
        pickle += static_cast<char>(command.size());
        pickle.append(3, '\0').append(command).append("\x85R.");
        QVERIFY2(failure().contains("asks for posix.system"), qPrintable(failure()));
        QVERIFY(!std::filesystem::exists(trace));
    }

    void otherArchivesOfPyTorch()
    {
        m_entries[entry("byteorder")] = "big";
        QVERIFY2(failure().contains("order of bytes"), qPrintable(failure()));
        m_entries[entry("constants.pkl")] = "x";
        QVERIFY2(failure().contains("TorchScript"), qPrintable(failure()));
        m_entries = {{"a/data.pkl", "\x80\x02}."}};
        QVERIFY2(failure().contains("no tensors under torchvision's names"), qPrintable(failure()));
    }

    void twoNetworksAreNotGuessedAt()
    {
        // As a checkpoint with a running average of the weights beside them.
        m_entries = test::readArchive(test::writtenWeightsFile("torch_checkpoint.pth", m_folder.path()));
        std::string& pickle = m_entries.at("torch_checkpoint/data.pkl");
        const auto text = [](const std::string& word) {
            return std::string("X") + static_cast<char>(word.size()) + std::string(3, '\0') + word;
        };
        // {"first": the file, "ema": the file}
        std::string twice("\x80\x02}(");
        twice += text("first") + pickle.substr(2, pickle.size() - 3) + text("ema") +
                 pickle.substr(2, pickle.size() - 3) + "u.";
        pickle = twice;
        QVERIFY2(failure().contains("holds two networks"), qPrintable(failure()));
    }

    /// A real description with one byte changed is read, or refused in the ordinary way.
    void mutantsAreReadOrRefused()
    {
        m_entries = test::readArchive(test::writtenWeightsFile("torch_checkpoint.pth", m_folder.path()));
        std::string& pickle = m_entries.at("torch_checkpoint/data.pkl");
        int refused = 0;
        for (std::size_t at = 0; at < pickle.size(); at += 23) {
            const char kept = pickle[at];
            pickle[at] = static_cast<char>(kept ^ (1 << (at % 8)));
            const QString message = failure();
            QVERIFY2(!message.startsWith("another code"), qPrintable(message));
            refused += message == "nothing thrown" ? 0 : 1;
            pickle[at] = kept;
        }
        QVERIFY(refused > 50);
        QCOMPARE(failure(), QString("nothing thrown"));
    }

    void cutFilesAreRefused()
    {
        test::writeArchive(m_path, m_entries);
        const auto size = std::filesystem::file_size(m_path);
        for (const auto part : {size - 1, size / 2, size / 10}) {
            std::filesystem::resize_file(m_path, part);
            QVERIFY2(failureAsItIs().contains("cut short"), qPrintable(failureAsItIs()));
        }
    }

    void packedZerosAreBounded()
    {
        m_entries[entry("data/2")] = std::string(40'000'000, '\0');
        test::writeArchive(m_path, m_entries, true);
        QVERIFY2(failureAsItIs().contains("unfolds to more"), qPrintable(failureAsItIs()));
        init();
        m_entries[entry("data.pkl")] = std::string(3'000'000, 'N');
        test::writeArchive(m_path, m_entries, true);
        QVERIFY2(failureAsItIs().contains("unfolds to more"), qPrintable(failureAsItIs()));
    }

    void changedBytesAreNoticed()
    {
        test::writeArchive(m_path, m_entries);
        std::ifstream stream(m_path, std::ios::binary);
        std::string bytes((std::istreambuf_iterator<char>(stream)), {});
        const std::string& values = m_entries.at(entry("data/4"));
        // Behind the entry's own header: other tensors begin with the same values.
        const std::size_t at = bytes.find(values, bytes.find(entry("data/4")));
        QVERIFY(at != std::string::npos);
        bytes[at] = static_cast<char>(bytes[at] ^ 1);
        std::ofstream(m_path, std::ios::binary) << bytes;
        QVERIFY2(failureAsItIs().contains("data/4 is damaged"), qPrintable(failureAsItIs()));
    }

private:
    test::TemporaryFolder m_folder;
    std::filesystem::path m_path = m_folder / "w.pth";
    test::ArchiveEntries m_entries;
};

THAW_TEST(TestWeightsPyTorch)
#include "test_weights_pytorch.moc"
