using PondSentinel.Toml;

namespace PondSentinel.Backend.Notification;

/// <summary>How long the desk keeps what is over and told: <c>[notification]</c> of the configuration.</summary>
public sealed record NotificationRetention
{
    private static readonly TimeSpan KeepMin = TimeSpan.FromDays(7);
    private static readonly TimeSpan KeepMax = TimeSpan.FromDays(3_650);

    /// <summary>Alarms that are over, their notices, messages and tests. Default 90 days.</summary>
    public TimeSpan Alarms { get; init; } = TimeSpan.FromDays(90);

    /// <summary>What people did: acknowledged, silenced. Default 400 days.</summary>
    public TimeSpan Acts { get; init; } = TimeSpan.FromDays(400);

    /// <summary>Reads it.</summary>
    /// <param name="section">The section; null for none.</param>
    public static NotificationRetention Read(TomlSection? section)
    {
        var usual = new NotificationRetention();
        var read = new NotificationRetention
        {
            Alarms = section?.Duration("keep", KeepMin, KeepMax) ?? usual.Alarms,
            Acts = section?.Duration("keep_acts", KeepMin, KeepMax) ?? usual.Acts,
        };
        section?.RefuseUnknownKeys();
        return read;
    }
}
