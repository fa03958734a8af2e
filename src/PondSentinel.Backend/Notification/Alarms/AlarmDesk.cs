using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Notification.Planning;
using PondSentinel.Backend.Storage;
using PondSentinel.Toml;

namespace PondSentinel.Backend.Notification.Alarms;

/// <summary>What people do with alarms: look, take on, silence, test. The same for the command line and the page.</summary>
/// <remarks>It works on the state database beside a running backend, which sees within a second what was done, and beside
/// none. Every act is a line of the history, and its transaction is short. Thread-safe.</remarks>
/// <param name="open">Opens a connection of its own to the state database.</param>
/// <param name="time">The clock.</param>
public sealed class AlarmDesk(Func<SqliteConnection> open, TimeProvider time)
{
    /// <summary>Longest silence.</summary>
    public static readonly TimeSpan SilenceMax = TimeSpan.FromDays(7);

    /// <summary>Longest name of a person, and longest note, in characters.</summary>
    public const int NameMax = 64, NoteMax = 500;

    /// <summary>All alarms there are now, the first first.</summary>
    public IReadOnlyList<Alarm> Active() => Read(transaction => new AlarmTable(transaction).Active());

    /// <summary>Alarms that have changed since a time, the newest first.</summary>
    /// <param name="after">The time.</param>
    /// <param name="most">How many at most.</param>
    public IReadOnlyList<Alarm> ChangedAfter(DateTimeOffset after, int most) =>
        Read(transaction => new AlarmTable(transaction).ChangedAfter(after, most));

    /// <summary>Silences in force, the one that ends first first.</summary>
    public IReadOnlyList<Silence> Silences() => Read(transaction => new SilenceTable(transaction).Active(time.GetUtcNow()));

    /// <summary>What somebody or the desk has done, the newest first.</summary>
    /// <param name="alarm">With one alarm; null for all.</param>
    /// <param name="most">How many at most.</param>
    public IReadOnlyList<DeskEntry> History(string? alarm, int most) =>
        Read(transaction => new DeskHistory(transaction).Newest(alarm, most));

    /// <summary>The newest messages of all channels, the newest first.</summary>
    /// <param name="most">How many at most.</param>
    public IReadOnlyList<MessageAccount> Messages(int most) => Read(transaction => MessageTable.Newest(transaction, most));

    /// <summary>All that is known of an alarm; null where there is none.</summary>
    /// <param name="episode">The alarm, or an episode of it.</param>
    public AlarmAccount? Account(string episode) => Read(transaction =>
        Find(transaction, episode) is { } alarm ? AlarmAccount.Of(transaction, alarm) : null);

    /// <summary>Takes an alarm on: nobody is reminded of it or called after others, until it begins anew.</summary>
    /// <param name="episode">The alarm, or an episode of it.</param>
    /// <param name="by">Who.</param>
    /// <param name="note">What they say to it; empty for nothing.</param>
    /// <param name="also">What else is written in the same transaction; null for nothing.</param>
    /// <returns>The alarm, or what is wrong with that.</returns>
    public (Alarm? Alarm, string? Refusal) Acknowledge(
        string episode, string by, string note, Action<SqliteTransaction>? also = null)
    {
        if (MisuseOf(by, note) is { } misuse)
        {
            return (null, misuse);
        }

        return Write<(Alarm?, string?)>(transaction =>
        {
            if (Find(transaction, episode) is not { } alarm)
            {
                return (null, $"there is no alarm {episode}; pond-backend alarms list tells which there are");
            }

            if (!alarm.IsActive)
            {
                return (null, $"{episode} is over: there is nothing to acknowledge");
            }

            var now = time.GetUtcNow();
            alarm = alarm with { Acknowledged = new Acknowledgement(alarm.Id, by, now, note) };
            new AlarmTable(transaction).Save(alarm);
            new DeskHistory(transaction).Add(DeskAct.Acknowledged, alarm.Id, by, note, now);
            also?.Invoke(transaction);
            return (alarm, null);
        });
    }

    /// <summary>Lets nobody be told of something for a while: what still fires afterwards is told then.</summary>
    /// <param name="wanted">What, until when, who and why; it begins now.</param>
    /// <param name="also">What else is written in the same transaction; null for nothing.</param>
    /// <returns>The silence, or what is wrong with it.</returns>
    public (Silence? Silence, string? Refusal) Silence(Silence wanted, Action<SqliteTransaction>? also = null)
    {
        ArgumentNullException.ThrowIfNull(wanted);
        var now = time.GetUtcNow();
        if (wanted is { Rule: null, Site: null, Station: null, Device: null })
        {
            return (null, "say what is to be silent: --rule, --site, --station, --device, one or more of them");
        }

        if (new[] { wanted.Rule, wanted.Site, wanted.Station, wanted.Device }.Any(part => part is "" || part?.Any(char.IsControl) == true))
        {
            return (null, "a rule, site, station or device has a name of one line; leave the option out for all of them");
        }

        if (wanted.Until <= now || wanted.Until > now + SilenceMax)
        {
            return (null, $"a silence lasts up to {Units.Text(SilenceMax)}, and longer than nothing; give a time in between");
        }

        if (MisuseOf(wanted.By, wanted.Why) is { } misuse)
        {
            return (null, misuse);
        }

        return Write<(Silence?, string?)>(transaction =>
        {
            var silence = wanted with { From = now };
            silence = silence with { Id = new SilenceTable(transaction).Add(silence) };
            new DeskHistory(transaction).Add(DeskAct.Silenced, null, silence.By, Noted(silence), now);
            also?.Invoke(transaction);
            return (silence, null);
        });
    }

    /// <summary>Ends a silence before its time.</summary>
    /// <param name="id">Its number.</param>
    /// <param name="by">Who.</param>
    /// <param name="also">What else is written in the same transaction; null for nothing.</param>
    /// <returns>The silence, or what is wrong with that.</returns>
    public (Silence? Silence, string? Refusal) Unsilence(long id, string by, Action<SqliteTransaction>? also = null)
    {
        if (MisuseOf(by, "") is { } misuse)
        {
            return (null, misuse);
        }

        return Write<(Silence?, string?)>(transaction =>
        {
            var (table, now) = (new SilenceTable(transaction), time.GetUtcNow());
            if (table.Find(id) is not { } silence || silence.Until <= now)
            {
                return (null, FormattableString.Invariant($"there is no silence {id} in force; pond-backend alarms list tells which there are"));
            }

            table.End(id, now);
            new DeskHistory(transaction).Add(DeskAct.Unsilenced, null, by, Noted(silence), now);
            also?.Invoke(transaction);
            return (silence with { Until = now }, null);
        });
    }

    /// <summary>Hands over what was refused, to be taken in once more, and notes who did so.</summary>
    /// <param name="what">What.</param>
    /// <param name="by">Who.</param>
    /// <param name="handOver">Does it; where it fails nothing is noted.</param>
    /// <param name="also">What else is written in the same transaction; null for nothing.</param>
    /// <returns>What is wrong with that; null for nothing.</returns>
    public string? Resubmit(string what, string by, Action handOver, Action<SqliteTransaction>? also = null)
    {
        if (MisuseOf(by, "") is { } misuse)
        {
            return misuse;
        }

        return Write<string?>(transaction =>
        {
            new DeskHistory(transaction).Add(DeskAct.Resubmitted, null, by, what, time.GetUtcNow());
            also?.Invoke(transaction);
            handOver();
            return null;
        });
    }

    /// <summary>Has a test sent to one channel or to all: by the running backend, or by the next that runs within an hour.</summary>
    /// <param name="channel">Name of the channel for people; null for all.</param>
    /// <param name="by">Who tries it.</param>
    /// <param name="also">What else is written in the same transaction; null for nothing.</param>
    /// <returns>The number of the test, or what is wrong with it.</returns>
    public (long? Number, string? Refusal) Test(string? channel, string by, Action<SqliteTransaction>? also = null)
    {
        if (MisuseOf(by, "") is { } misuse)
        {
            return (null, misuse);
        }

        return Write<(long?, string?)>(transaction =>
        {
            var now = time.GetUtcNow();
            var number = transaction.Query(
                "INSERT INTO alarm_test(channel, by, at_ms) VALUES ($channel, $by, $at) RETURNING number",
                reader => reader.GetInt64(0),
                ("$channel", channel), ("$by", by), ("$at", now.ToUnixTimeMilliseconds()))[0];
            new DeskHistory(transaction).Add(DeskAct.Tested, null, by, channel ?? "all channels", now);
            also?.Invoke(transaction);
            return (number, null);
        });
    }

    /// <summary>What became of a test so far, by channel.</summary>
    /// <param name="number">Its number.</param>
    public IReadOnlyList<MessageAccount> TestResults(long number) =>
        Read(transaction => MessageTable.OfTest(transaction, number));

    private static string Noted(Silence silence) => FormattableString.Invariant($"{silence.Id}: {silence.What} until {silence.Until:u}: {silence.Why}");

    private static Alarm? Find(SqliteTransaction transaction, string episode)
    {
        var alarms = new AlarmTable(transaction);

        // An episode that began anew may belong to an alarm that comes and goes by now, and have left an older one of its name.
        return alarms.OfEpisode(episode) ?? alarms.Find(episode);
    }

    private static string? MisuseOf(string by, string note) =>
        by.Length is 0 or > NameMax || by.Any(char.IsControl) ? $"say who: 1 to {NameMax} characters on one line"
        : note.Length > NoteMax || note.Any(char.IsControl) ? $"a note has up to {NoteMax} characters on one line"
        : null;

    private T Read<T>(Func<SqliteTransaction, T> work)
    {
        using var connection = open();
        using var transaction = connection.BeginTransaction(deferred: true);
        return work(transaction);
    }

    private T Write<T>(Func<SqliteTransaction, T> work)
    {
        using var connection = open();
        using var transaction = connection.BeginTransaction();
        var result = work(transaction);
        transaction.Commit();
        return result;
    }
}
