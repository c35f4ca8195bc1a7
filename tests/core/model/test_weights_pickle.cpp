#include "core/base/error.h"
#include "core/model/weights/format/weights_pickle.h"
#include "tests/support/error_code.h"
#include "tests/support/test_registry.h"

#include <QTest>

using namespace thaw;
using namespace std::string_literals;

namespace {

// Pieces of pickles, by the opcodes' names.
const std::string proto = "\x80\x02"s;
const std::string dict = "}"s;
const std::string mark = "("s;
const std::string setItems = "u"s;
const std::string stop = "."s;

std::string number(int value)
{
    return "K"s + static_cast<char>(value);
}

std::string unicode(const std::string& text)
{
    return "X"s + static_cast<char>(text.size()) + "\0\0\0"s + text;
}

std::string global(const std::string& module, const std::string& name)
{
    return "c" + module + "\n" + name + "\n";
}

std::string persistentId(const std::string& type, const std::string& key, const std::string& count)
{
    return mark + unicode("storage") + global("torch", type) + unicode(key) + unicode("cpu") + count + "tQ";
}

const std::string emptyOrderedDict = global("collections", "OrderedDict") + ")R";

std::string tensor(const std::string& storage, const std::string& offset, const std::string& shape,
                   const std::string& strides)
{
    return global("torch._utils", "_rebuild_tensor_v2") + mark + storage + offset + shape + strides +
           "\x89"s + emptyOrderedDict + "tR";
}

/// [2, 3] out of eight values, from the second on.
const std::string smallTensor = tensor(persistentId("FloatStorage", "0", number(8)), number(1),
                                       number(2) + number(3) + "\x86"s, number(3) + number(1) + "\x86"s);

std::string dictionaryOf(const std::string& key, const std::string& value)
{
    return dict + mark + unicode(key) + value + setItems;
}

QString failure(const std::string& pickle)
{
    return QString::fromStdString(
        test::refusalOf(ErrorCode::WeightsInvalid, [&] { readPickledTensors(pickle, "a.pth"); }));
}

} // namespace

class TestWeightsPickle : public QObject
{
    Q_OBJECT

private slots:
    void oneTensor()
    {
        const std::string pickle = proto + dictionaryOf("a.weight", smallTensor) + stop;
        const auto dictionaries = readPickledTensors(pickle, "a.pth");
        QCOMPARE(dictionaries.size(), std::size_t(1));
        QVERIFY(dictionaries[0].name.empty());
        const PickledTensor& read = dictionaries[0].tensors.at(0);
        QCOMPARE(std::string(read.name), "a.weight"s);
        QCOMPARE(std::string(read.storage), "0"s);
        QCOMPARE(std::string(read.storageType), "FloatStorage"s);
        QCOMPARE(read.storageValues, std::uint64_t(8));
        QCOMPARE(read.offset, std::uint64_t(1));
        QCOMPARE(read.shape, (std::vector<std::int64_t>{2, 3}));
        QCOMPARE(read.strides, (std::vector<std::int64_t>{3, 1}));
    }

    // What a training script keeps beside the tensors is passed over; where they were found is told.
    void nestedAmongOtherThings()
    {
        const std::string optimizer =
            dict + mark + number(0) + dictionaryOf("step", "G\x40\x08\0\0\0\0\0\0"s) + setItems;
        const std::string list =
            "]" + mark + number(1) + "N\x88\x89"s + "\x8a\x02\xff\x7f"s + "e" + number(2) + "a";
        const std::string pickle = proto + dict + mark + unicode("epoch") + "M\x10\x27"s +
                                   unicode("optimizer") + optimizer + unicode("seen") + list +
                                   unicode("model") + dictionaryOf("b", smallTensor) + setItems + stop;
        const auto dictionaries = readPickledTensors(pickle, "a.pth");
        QCOMPARE(dictionaries.size(), std::size_t(1));
        QCOMPARE(std::string(dictionaries[0].name), "model"s);
        QCOMPARE(dictionaries[0].tensors.size(), std::size_t(1));
    }

    void attributesAndMemory()
    {
        // OrderedDict(); remembered as 3, filled, given "_metadata" as an attribute.
        const std::string pickle = proto + emptyOrderedDict + "q\x03"s + mark + unicode("c") + smallTensor +
                                   setItems + dictionaryOf("_metadata", emptyOrderedDict) + "b" + stop;
        QCOMPARE(readPickledTensors(pickle, "a.pth").at(0).tensors.size(), std::size_t(1));
        // The same value twice, by its number.
        const std::string twice = proto + dict + mark + unicode("a") + smallTensor + "r\x07\0\0\0"s +
                                  unicode("b") + "j\x07\0\0\0"s + setItems + stop;
        QCOMPARE(readPickledTensors(twice, "a.pth").at(0).tensors.at(1).shape,
                 (std::vector<std::int64_t>{2, 3}));
    }

    void whateverElseIsRefusedByName_data()
    {
        QTest::addColumn<QString>("module");
        QTest::addColumn<QString>("name");
        QTest::newRow("a shell") << "posix"
                                 << "system";
        QTest::newRow("evaluation") << "builtins"
                                    << "eval";
        QTest::newRow("a whole module") << "torchvision.models.vgg"
                                        << "VGG";
        QTest::newRow("numpy") << "numpy.core.multiarray"
                               << "scalar";
        QTest::newRow("beside a known one") << "torch._utils"
                                            << "_rebuild_parameter";
        QTest::newRow("known name, other module") << "os"
                                                  << "OrderedDict";
        QTest::newRow("storage of another module") << "evil"
                                                   << "FloatStorage";
        QTest::newRow("bare storage") << "torch"
                                      << "Storage";
        QTest::newRow("dotted") << "torch"
                                << "storage.os.system";
        QTest::newRow("empty") << ""
                               << "";
    }

    void whateverElseIsRefusedByName()
    {
        QFETCH(QString, module);
        QFETCH(QString, name);
        const std::string m = module.toStdString();
        const std::string n = name.toStdString();
        for (const std::string& asked : {global(m, n), unicode(m) + unicode(n) + "\x93"s}) {
            const QString message = failure(proto + asked + unicode("echo") + "\x85R"s + stop);
            QVERIFY2(message.contains(module + "." + name), qPrintable(message));
            QVERIFY(message.contains("nothing is run"));
        }
    }

    void codesThatMakeObjectsAreRefused_data()
    {
        QTest::addColumn<QByteArray>("code");
        for (const char code :
             {'i', 'o', '\x81', '\x92', '\x82', 'P', '2', '0', 'S', 'V', 'I', 'L', 'B', '\x97', '\x00'})
        {
            QTest::addRow("0x%02x", static_cast<unsigned char>(code)) << QByteArray(1, code);
        }
    }

    void codesThatMakeObjectsAreRefused()
    {
        QFETCH(QByteArray, code);
        const QString message = failure(proto + code.toStdString() + "collections\nOrderedDict\n" + stop);
        QVERIFY2(message.contains("has the code"), qPrintable(message));
    }

    void everyCutIsNoticed()
    {
        const std::string whole = proto + dictionaryOf("a.weight", smallTensor) + stop;
        for (std::size_t size = 0; size < whole.size(); ++size) {
            QVERIFY2(failure(whole.substr(0, size)).contains("damaged"), qPrintable(QString::number(size)));
        }
        QVERIFY(failure(whole + stop).contains("behind its end"));
    }

    /// A changed byte may give another dictionary, or an error that says so; never anything else.
    void everyChangedByteEndsWell()
    {
        const std::string whole = proto + dictionaryOf("a.weight", smallTensor) + stop;
        int refused = 0;
        for (std::size_t i = 0; i < whole.size(); ++i) {
            for (const int change : {1, 2, 0x10, 0x80, 0xff}) {
                std::string changed = whole;
                changed[i] = static_cast<char>(changed[i] ^ change);
                const QString message = failure(changed);
                QVERIFY2(!message.startsWith("another code"), qPrintable(message));
                refused += message != "nothing thrown" ? 1 : 0;
            }
        }
        QVERIFY(refused > 500); // of about 900; texts and numbers may change unnoticed
    }

    void impossibleValues_data()
    {
        QTest::addColumn<QByteArray>("value");
        const std::string storage = persistentId("FloatStorage", "0", number(8));
        const std::string pair = number(2) + number(3) + "\x86"s;
        const auto row = [](const char* name, const std::string& value) {
            QTest::newRow(name) << QByteArray::fromStdString(value);
        };
        row("negative offset", tensor(storage, "J\xff\xff\xff\xff"s, pair, pair));
        row("negative size", tensor(storage, number(0), "J\xff\xff\xff\xff"s + "\x85"s, number(1) + "\x85"s));
        row("strides of another rank", tensor(storage, number(0), pair, number(1) + "\x85"s));
        row("nine dimensions", tensor(storage, number(0), mark + std::string(9, ')') + "t", pair));
        row("no storage", tensor(number(1), number(0), pair, pair));
        row("size is a text", tensor(storage, number(0), unicode("x") + "\x85"s, number(1) + "\x85"s));
        row("storage of no type",
            mark + unicode("storage") + "N" + unicode("0") + unicode("cpu") + number(8) + "tQ");
        row("storage of a negative length", persistentId("FloatStorage", "0", "J\xff\xff\xff\xff"s));
        row("number of nine bytes", "\x8a\x09"s + std::string(9, '\x01'));
        row("call of a number", number(1) + ")R");
        row("call with arguments", global("collections", "OrderedDict") + number(1) + "\x85R"s);
        row("reference to nothing", "h\x09"s);
        row("odd items", dict + mark + number(1) + setItems);
        row("items for a number", number(1) + mark + number(1) + number(1) + setItems);
        row("no mark", "t");
        row("below the mark", mark + "\x85"s);
        row("memory far away", "r\xff\xff\xff\xff"s);
        row("text longer than the file", "X\xff\xff\xff\xff"s);
    }

    void impossibleValues()
    {
        QFETCH(QByteArray, value);
        const QString message = failure(proto + dict + unicode("a") + value.toStdString() + "s" + stop);
        QVERIFY2(message.contains("damaged"), qPrintable(message));
    }

    void otherProtocolsAndRoots()
    {
        QVERIFY(failure("\x80\x06}."s).contains("protocol"));
        QVERIFY(failure("\x80\x01}."s).contains("protocol"));
        QVERIFY(failure(proto + number(1) + stop).contains("wrong kind"));
        QVERIFY(failure(std::string(pickleLimit + 1, 'N')).contains("1 MiB"));
        QVERIFY(readPickledTensors(proto + dict + stop, "a.pth").empty());
    }

    /// As much as the limit allows of what costs most: ends soon, and in an ordinary way.
    void bulkIsBounded()
    {
        const std::string depth(pickleLimit - 10, '(');
        QVERIFY(failure(proto + depth + stop).contains("damaged"));
        std::string tuples = proto + ")";
        tuples.resize(pickleLimit - 10, '\x85'); // a tuple in a tuple in a tuple …
        QVERIFY(failure(tuples + stop).contains("wrong kind"));
        // A list that holds itself.
        QVERIFY(readPickledTensors(proto + dict + unicode("l") + "]q\x01h\x01"s + "a" + "s" + stop, "a.pth")
                    .empty());
        std::string many = proto + dict + mark + unicode("n") + "q\x01"s + smallTensor + "q\x02"s;
        while (many.size() < pickleLimit - 10) {
            many += "h\x01h\x02"s;
        }
        QVERIFY(readPickledTensors(many + setItems + stop, "a.pth").at(0).tensors.size() > 200'000);
    }
};

THAW_TEST(TestWeightsPickle)
#include "test_weights_pickle.moc"
