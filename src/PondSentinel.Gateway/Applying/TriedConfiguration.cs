using PondSentinel.Gateway.Configuration;

namespace PondSentinel.Gateway.Applying;

/// <summary>Reads a gateway's configuration: that in its file, or the one before it where that was tried and refused.</summary>
/// <remarks>The gateway never writes its configuration file: that is its owner's, and may be out of its reach. A file that was refused stays
/// where it is and is passed over until it is another.</remarks>
internal static class TriedConfiguration
{
    /// <summary>Reads it.</summary>
    /// <param name="path">The file.</param>
    public static LoadedConfiguration Load(string path)
    {
        var loaded = GatewayConfigurationFile.Load(path);
        return loaded.Configuration is { } configuration && TrialFile.Of(configuration).Read() is { State: TrialState.Refused } trial
            && trial.Tried == loaded.Digest
            ? Before(path, loaded, trial)
            : loaded;
    }

    /// <summary>Reads it for a gateway that begins: one that was started too often while its settings were on trial goes by those before.
    /// </summary>
    /// <param name="path">The file.</param>
    public static LoadedConfiguration LoadAtStart(string path)
    {
        var loaded = GatewayConfigurationFile.Load(path);
        if (loaded.Configuration is not { } configuration || TrialFile.Of(configuration) is not { } file
            || file.Read() is not { } trial || trial.Tried != loaded.Digest)
        {
            return loaded;
        }

        if (trial.State != TrialState.Refused)
        {
            trial = trial with { Starts = trial.Starts + 1 };
            trial = trial.Starts > Trial.StartsMax ? trial with { State = TrialState.Refused } : trial;

            // A card that takes nothing keeps nobody from measuring, nor from what it says.
            file.Write(trial);
        }

        return trial.State == TrialState.Refused ? Before(path, loaded, trial) : loaded;
    }

    private static LoadedConfiguration Before(string path, LoadedConfiguration loaded, Trial trial) =>
        GatewayConfigurationFile.Read(path, trial.Previous) is { Configuration: not null } before ? before with { StandsIn = true } : loaded;
}
