#pragma once

#include <QWidget>

#include <functional>

class QLabel;

namespace thaw {

struct Recipe;

} // namespace thaw

namespace thaw::ui {

class NumberBox;
class Session;

/// Shares and seed of the split, where the data set does not bring its own; else a word that it does.
class SplitEditor : public QWidget
{
    Q_OBJECT

public:
    explicit SplitEditor(Session* session, QWidget* parent = nullptr);

private:
    void showSession();
    /// Of one field: the others keep their values, which they may show rounded.
    void edit(const std::function<void(Recipe&)>& change, const QString& mergeKey);

    Session* m_session;
    QLabel* m_words;
    QWidget* m_fields;
    NumberBox* m_validation;
    NumberBox* m_test;
    NumberBox* m_seed;
};

} // namespace thaw::ui
