#pragma once

#include <QString>

#include <optional>
#include <span>

class QWidget;

namespace thaw::ui {

class Session;

/// The window's pages in the order of the sidebar, of the View menu and of pageTable().
enum class Page { Dataset, Augmentation, Layers, Training, Runs, Evaluation, TryIt };

/// A page of the window. Sidebar, View menu, shortcuts, `--page` and the remembered place come from these
/// rows.
struct PageRow
{
    Page page;
    const char* name;  ///< of the icon, of `--page` and in the settings: "dataset"
    const char* title; ///< with a letter for the keyboard; translated by pageTitle()
    QWidget* (*make)(Session* session, QWidget* parent);
};

std::span<const PageRow> pageTable();
QString pageTitle(const PageRow& row);
std::optional<Page> pageFromName(const QString& name);

} // namespace thaw::ui
