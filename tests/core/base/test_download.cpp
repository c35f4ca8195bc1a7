#include "core/base/download.h"
#include "core/base/error.h"
#include "core/base/hash.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QElapsedTimer>
#include <QTest>

#include <algorithm>
#include <arpa/inet.h>
#include <fstream>
#include <netinet/in.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <utility>

using namespace thaw;

namespace {

std::string urlOf(const std::filesystem::path& path)
{
    return "file://" + path.string();
}

std::string contentOf(const std::filesystem::path& path)
{
    std::ifstream stream(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

ErrorCode codeOf(const DownloadRequest& request)
{
    try {
        download(request);
    } catch (const Error& error) {
        return error.code();
    }
    return ErrorCode::Internal;
}

/// Names in a folder, hidden ones too.
std::vector<std::string> namesIn(const std::filesystem::path& folder)
{
    std::vector<std::string> names;
    for (const auto& item : std::filesystem::directory_iterator(folder)) {
        names.push_back(item.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
}

constexpr const char* goodReply = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello";

/// A port of this machine that answers each connection with `reply`, or takes it and says nothing.
class LocalServer
{
public:
    /// @param host its address, one of this machine's own
    explicit LocalServer(std::string reply, std::string host = "127.0.0.1")
        : m_socket(socket(AF_INET, SOCK_STREAM, 0)), m_host(std::move(host))
    {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = inet_addr(m_host.c_str());
        socklen_t size = sizeof address;
        bind(m_socket, reinterpret_cast<sockaddr*>(&address), size);
        listen(m_socket, 4);
        getsockname(m_socket, reinterpret_cast<sockaddr*>(&address), &size);
        m_port = ntohs(address.sin_port);
        m_thread = std::thread([this, reply] { serve(reply); });
    }
    ~LocalServer()
    {
        shutdown(m_socket, SHUT_RDWR);
        m_thread.join();
        close(m_socket);
    }
    std::string url() const { return "http://" + m_host + ":" + std::to_string(m_port) + "/file"; }

private:
    void serve(const std::string& reply) const
    {
        std::vector<int> silent;
        for (int client = accept(m_socket, nullptr, nullptr); client >= 0;
             client = accept(m_socket, nullptr, nullptr))
        {
            if (reply.empty()) {
                silent.push_back(client);
                continue;
            }
            char request[2048];
            [[maybe_unused]] const auto asked = read(client, request, sizeof request);
            [[maybe_unused]] const auto sent = send(client, reply.data(), reply.size(), MSG_NOSIGNAL);
            close(client);
        }
        std::for_each(silent.begin(), silent.end(), close);
    }

    int m_socket;
    std::string m_host;
    int m_port = 0;
    std::thread m_thread;
};

} // namespace

class TestDownload : public QObject
{
    Q_OBJECT

private slots:
    void init()
    {
        m_folder = std::make_unique<test::TemporaryFolder>();
        m_text.assign(200'000, 'v');
        std::ofstream(*m_folder / "source", std::ios::binary) << m_text;
        std::filesystem::create_directory(*m_folder / "out");
        m_request = {};
        m_request.url = urlOf(*m_folder / "source");
        m_request.target = *m_folder / "out" / "file";
    }

    void fileArrivesWholeWithProgress()
    {
        std::vector<Progress> seen;
        m_request.md5 = hashHex(HashKind::Md5, std::as_bytes(std::span(m_text)));
        m_request.sizeLimit = m_text.size();
        QVERIFY(download(m_request, [&](const Progress& progress) { seen.push_back(progress); }));
        QCOMPARE(contentOf(m_request.target), m_text);
        QCOMPARE(namesIn(*m_folder / "out"), std::vector<std::string>{"file"});
        QVERIFY(!seen.empty());
        QCOMPARE(seen.back(), (Progress{200'000, 200'000}));
    }

    void wrongSumOrSizeLeavesNothing()
    {
        m_request.md5 = std::string(32, '0');
        QCOMPARE(codeOf(m_request), ErrorCode::WeightsInvalid);
        m_request.md5.clear();
        m_request.sizeLimit = m_text.size() - 1;
        QCOMPARE(codeOf(m_request), ErrorCode::WeightsInvalid);
        QVERIFY(namesIn(*m_folder / "out").empty());
    }

    void failureKeepsTheOldFile()
    {
        std::ofstream(m_request.target) << "old";
        m_request.url = urlOf(*m_folder / "absent");
        QCOMPARE(codeOf(m_request), ErrorCode::NetworkUnavailable);
        QCOMPARE(contentOf(m_request.target), std::string("old"));
        QCOMPARE(namesIn(*m_folder / "out"), std::vector<std::string>{"file"});
    }

    void unreachableFolder()
    {
        m_request.target = *m_folder / "absent" / "file";
        QCOMPARE(codeOf(m_request), ErrorCode::WriteFailed);
    }

    void httpAnswerIsTaken()
    {
        LocalServer server(goodReply);
        m_request.url = server.url();
        QVERIFY(download(m_request));
        QCOMPARE(contentOf(m_request.target), std::string("hello"));
    }

    void httpErrorIsNotSavedAsTheFile()
    {
        LocalServer server("HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\nConnection: close\r\n\r\noops");
        m_request.url = server.url();
        QCOMPARE(codeOf(m_request), ErrorCode::NetworkUnavailable);
        QVERIFY(namesIn(*m_folder / "out").empty());
    }

    void cutShortIsAnError()
    {
        LocalServer server("HTTP/1.1 200 OK\r\nContent-Length: 50\r\nConnection: close\r\n\r\nhello");
        m_request.url = server.url();
        QCOMPARE(codeOf(m_request), ErrorCode::NetworkUnavailable);
        QVERIFY(namesIn(*m_folder / "out").empty());
    }

    void redirectionToAFileIsRefused()
    {
        LocalServer server("HTTP/1.1 302 Found\r\nLocation: " + urlOf(*m_folder / "source") +
                           "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        m_request.url = server.url();
        QCOMPARE(codeOf(m_request), ErrorCode::NetworkUnavailable);
    }

    // On its way through a network what is not encrypted can be replaced.
    void plainHttpIsForThisMachineAlone()
    {
        LocalServer elsewhere(goodReply, "127.0.0.2"); // by its address no longer surely here
        m_request.url = elsewhere.url();
        QCOMPARE(codeOf(m_request), ErrorCode::NetworkUnavailable);
        QVERIFY(namesIn(*m_folder / "out").empty());
    }

    void redirectionToPlainHttpIsRefused()
    {
        LocalServer second(goodReply);
        LocalServer first("HTTP/1.1 302 Found\r\nLocation: " + second.url() +
                          "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        m_request.url = first.url();
        QCOMPARE(codeOf(m_request), ErrorCode::NetworkUnavailable);
        QVERIFY(namesIn(*m_folder / "out").empty());
    }

    void refusedConnectionIsSaid()
    {
        // Port 1 of this machine: nothing listens there.
        m_request.url = "http://127.0.0.1:1/file";
        QCOMPARE(codeOf(m_request), ErrorCode::NetworkUnavailable);
    }

    void otherProtocolsAreRefused()
    {
        m_request.url = "ftp://127.0.0.1:1/file";
        QCOMPARE(codeOf(m_request), ErrorCode::NetworkUnavailable);
    }

    void silenceEndsByItself()
    {
        LocalServer server("");
        m_request.url = server.url();
        m_request.stallTimeoutSeconds = 1;
        QElapsedTimer timer;
        timer.start();
        QCOMPARE(codeOf(m_request), ErrorCode::NetworkUnavailable);
        QVERIFY(timer.elapsed() < 8000); // libcurl counts whole seconds; the default would be 20
    }

    void stopEndsAWaitingDownload()
    {
        LocalServer server("");
        m_request.url = server.url();
        std::stop_source stop;
        // The first progress call is made from inside the transfer.
        QVERIFY(!download(
            m_request, [&](const Progress&) { stop.request_stop(); }, stop.get_token()));
        QVERIFY(namesIn(*m_folder / "out").empty());
    }

private:
    std::unique_ptr<test::TemporaryFolder> m_folder;
    std::string m_text;
    DownloadRequest m_request;
};

THAW_TEST(TestDownload)
#include "test_download.moc"
