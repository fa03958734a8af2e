using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Backend.Notification.Alarms;

/// <summary>What somebody, or the desk, has done. The numbers are stored: never renumber, only add.</summary>
public enum DeskAct : byte
{
    /// <summary>Took an alarm on.</summary>
    Acknowledged = 0,

    /// <summary>Began a silence.</summary>
    Silenced = 1,

    /// <summary>Ended a silence early.</summary>
    Unsilenced = 2,

    /// <summary>Ordered a test.</summary>
    Tested = 3,

    /// <summary>The desk: an alarm began and was over within a silence, so that a channel was not told.</summary>
    PassedInSilence = 4,

    /// <summary>The desk: an alarm began and was over while another fired that it waits for, so that a channel was not told.</summary>
    PassedWhileQuiet = 5,

    /// <summary>What was refused was handed over to be taken in once more.</summary>
    Resubmitted = 6,
}

/// <summary>Words for <see cref="DeskAct"/>. A contract: never rename, only add.</summary>
internal static class DeskActs
{
    extension(DeskAct act)
    {
        /// <summary>The word on the command line and the page.</summary>
        /// <exception cref="ArgumentOutOfRangeException">Not a defined act.</exception>
        public string Word => act switch
        {
            DeskAct.Acknowledged => "acknowledged",
            DeskAct.Silenced => "silenced",
            DeskAct.Unsilenced => "unsilenced",
            DeskAct.Tested => "tested",
            DeskAct.PassedInSilence => "passed in silence",
            DeskAct.PassedWhileQuiet => "passed while quiet",
            DeskAct.Resubmitted => "resubmitted",
            _ => throw new ArgumentOutOfRangeException(nameof(act), act, "Not a defined act."),
        };
    }
}

/// <summary>A line of the history.</summary>
/// <param name="At">When.</param>
/// <param name="Act">What.</param>
/// <param name="Alarm">Of which alarm; null for none.</param>
/// <param name="By">Who; null for the desk.</param>
/// <param name="Note">What they said, or what it was about.</param>
public sealed record DeskEntry(DateTimeOffset At, DeskAct Act, string? Alarm, string? By, string Note);

/// <summary>The history in the state database.</summary>
internal sealed class DeskHistory(SqliteTransaction transaction)
{
    public void Add(DeskAct act, string? alarm, string? by, string note, DateTimeOffset at) => transaction.Execute(
        "INSERT INTO alarm_history(at_ms, act, alarm, by, note) VALUES ($at, $act, $alarm, $by, $note)",
        ("$at", at.ToUnixTimeMilliseconds()), ("$act", (int)act), ("$alarm", alarm), ("$by", by), ("$note", note));

    /// <summary>The newest, the newest first.</summary>
    /// <param name="alarm">Of one alarm; null for all.</param>
    /// <param name="most">How many at most.</param>
    public List<DeskEntry> Newest(string? alarm, int most) => transaction.Query(
        """
        SELECT at_ms, act, alarm, by, note FROM alarm_history WHERE $alarm IS NULL OR alarm = $alarm
        ORDER BY number DESC LIMIT $most
        """,
        reader => new DeskEntry(
            reader.Instant(0), (DeskAct)reader.GetInt32(1), Text(reader, 2), Text(reader, 3), reader.GetString(4)),
        ("$alarm", alarm), ("$most", most));

    private static string? Text(SqliteDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
}
