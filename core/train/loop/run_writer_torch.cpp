#include "core/train/loop/run_writer_torch.h"

#include "core/base/atomic_file.h"
#include "core/evaluate/evaluation_files.h"
#include "core/run/history_csv.h"
#include "core/run/run_lock.h"
#include "core/run/run_record_json.h"
#include "core/train/checkpoint/patient_write.h"

#include <filesystem>
#include <system_error>
#include <utility>

namespace thaw {

RunWriter::RunWriter(RunFiles files, RunLock& lock, RunRecord& record, const SaveOptions& saving,
                     TrainObserver& observer, std::stop_token stop)
    : m_files(std::move(files))
    , m_lock(lock)
    , m_record(record)
    , m_saving(saving)
    , m_observer(observer)
    , m_stop(std::move(stop))
    , m_checkpoints(saving)
{
}

void RunWriter::save(const std::function<void()>& write)
{
    const auto guarded = [&] {
        if (m_lock.renew()) {
            m_observer.noticeGiven(notice(NoticeCode::LockTakenAgain));
        }
        write();
    };
    writePatiently(guarded, m_observer, m_stop, m_saving.retryAfter);
}

void RunWriter::history(const std::vector<EpochMetrics>& history)
{
    save([&] { writeHistory(m_files.history(), history); });
}

void RunWriter::record()
{
    save([&] { writeRunRecord(m_files.record(), m_record); });
}

std::string RunWriter::best(int phase, const ModelWeights& model)
{
    std::string hash;
    save([&] {
        const std::filesystem::path file = m_files.phase(phase);
        hash = writeModelWeights(file, model);
        shareFile(file, m_files.best());
    });
    return hash;
}

void RunWriter::evaluation(const Evaluation& evaluation, const DatasetIndex& dataset)
{
    save([&] { writeEvaluation(m_files.folder, evaluation, dataset); });
}

void RunWriter::checkpoint(const TrainState& state, const CheckpointTensors& tensors)
{
    auto begun = CheckpointClock::Clock::now();
    save([&] {
        begun = CheckpointClock::Clock::now();
        saveCheckpoint(m_files, state, tensors);
    });
    m_isLastProven = false;
    m_checkpoints.written(begun, CheckpointClock::Clock::now());
}

void RunWriter::fallBack()
{
    std::error_code error;
    if (!m_isLastProven && std::filesystem::exists(m_files.previousLast(), error)) {
        shareFile(m_files.previousLast(), m_files.last());
    }
}

} // namespace thaw
