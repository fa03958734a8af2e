using System.CommandLine;
using PondSentinel.Backend.Configuration;
using PondSentinel.Backend.Storage;
using PondSentinel.Terminal;

namespace PondSentinel.Backend.Commands;

/// <summary>What most verbs begin with: the settings, and the state that they speak of.</summary>
internal static class CommandSettings
{
    /// <summary>The option for another folder than that of the configuration.</summary>
    public static Option<string?> FolderOption() => new("--folder") { Description = "The backend's folder, whatever the configuration says.", HelpName = "FOLDER" };

    /// <summary>Reads the configuration that the arguments name, and tells every mistake in it.</summary>
    /// <param name="result">The arguments.</param>
    /// <param name="config">The option that names the configuration.</param>
    /// <param name="folder">The option that names the folder; null where the verb has none.</param>
    /// <returns>The settings, of the folder that was named; null where they cannot be used, as was then told.</returns>
    public static BackendConfiguration? Read(ParseResult result, Option<string?> config, Option<string?>? folder)
    {
        var loaded = BackendConfigurationFile.LoadOrDefault(result.GetValue(config));
        result.InvocationConfiguration.Error.WriteFindings(loaded.Unreadable, loaded.Problems, []);
        return folder is not null && result.GetValue(folder) is { } named
            ? loaded.Configuration is { } configuration ? configuration with { Folder = named } : null
            : loaded.Configuration;
    }

    /// <summary>The state of a backend.</summary>
    /// <param name="folder">Its folder.</param>
    /// <param name="error">Told where there is none.</param>
    /// <returns>Its path; null where there is none.</returns>
    public static string? StateIn(string folder, TextWriter error)
    {
        var path = Path.Combine(folder, BackendHost.StateFile);
        if (File.Exists(path))
        {
            return path;
        }

        error.WritePlain($"{path}: no such file. Name the backend's folder with --folder.");
        return null;
    }

    /// <summary>What stood in the way, and what to do.</summary>
    /// <param name="e">What a store or a file said; all but a store's say themselves what to do.</param>
    public static string Told(Exception e) => e is StoreUnavailableException
        ? $"The store does not answer as it should: {e.Message.TrimEnd('.')}. Mend that, or [influx] of the configuration, and run this again."
        : e.Message;
}
