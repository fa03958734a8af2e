using System.Buffers;
using Microsoft.Data.Sqlite;
using PondSentinel.Alerting;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Backend.Alerting;

/// <summary>Where the rules stand for each channel. All rules of a channel are one row: a value moves most of them, and a row each costs
/// more than the rules themselves.</summary>
/// <remarks>What was read in this transaction is not read again in it, and what was changed is written by <see cref="Write"/>. Where the
/// rules stand after the newest value of a channel outlives the transaction where the channel is remembered.</remarks>
/// <param name="transaction">The transaction.</param>
/// <param name="memory">Remembered channels; null: none.</param>
internal sealed class RuleStates(SqliteTransaction transaction, ChannelMemory? memory = null)
{
    private static readonly StateKind[] Kinds = Enum.GetValues<StateKind>();

    private readonly Dictionary<(long Subject, StateKind Kind), ChannelStates> rows = [];
    private readonly List<ChannelStates> changed = [];
    private ChannelStates? last;

    /// <summary>Where the rules stand for a channel. What is changed of it has to be told by <see cref="Set"/>.</summary>
    public ChannelStates Of(long subject, StateKind kind) =>
        last is { } row && row.Subject == subject && row.Kind == kind ? row : last = Row(subject, kind);

    /// <summary>Where a rule stands for a channel; <see cref="RuleState.Initial"/> where it has no state.</summary>
    public RuleState Find(string rule, long subject, StateKind kind) => Of(subject, kind).Find(rule);

    /// <summary>Whether a rule has a state of any kind for a channel.</summary>
    public bool Has(string rule, long subject) => Array.Exists(Kinds, kind => Of(subject, kind).Has(rule));

    /// <summary>Notes where a rule stands for a channel.</summary>
    public void Set(string rule, long subject, StateKind kind, in RuleState state)
    {
        var row = Of(subject, kind);
        row.Set(rule, state);
        Mark(row);
    }

    /// <summary>Forgets all states of a rule for a channel.</summary>
    public void Delete(string rule, long subject)
    {
        foreach (var kind in Kinds)
        {
            var row = Of(subject, kind);
            if (row.Remove(rule))
            {
                Mark(row);
            }
        }
    }

    /// <summary>Writes what was changed.</summary>
    public void Write()
    {
        if (changed.Count == 0)
        {
            return;
        }

        var update = transaction.Hot("UPDATE alert_standing SET stirs = ?, states = ? WHERE subject = ? AND kind = ?");
        var insert = transaction.Hot("INSERT INTO alert_standing(stirs, states, subject, kind) VALUES (?, ?, ?, ?)");
        var buffer = new ArrayBufferWriter<byte>(1024);
        foreach (var row in changed)
        {
            row.IsChanged = false;
            if (row.Entries.IsEmpty)
            {
                transaction.Execute(
                    "DELETE FROM alert_standing WHERE subject = $subject AND kind = $kind", ("$subject", row.Subject), ("$kind", (int)row.Kind));
                continue;
            }

            buffer.ResetWrittenCount();
            var isRaised = false;
            foreach (ref readonly var entry in row.Entries)
            {
                StateBytes.Write(buffer, entry.Rule, entry.State);
                isRaised |= entry.State.Alert.Phase != AlertPhase.Normal;
            }

            // What has its length is written over in its place, which takes half the time of a new row.
            if (Run(update, row, isRaised, buffer.WrittenSpan) == 0)
            {
                Run(insert, row, isRaised, buffer.WrittenSpan);
            }
        }

        changed.Clear();
    }

    private static int Run(HotStatement statement, ChannelStates row, bool isRaised, ReadOnlySpan<byte> bytes)
    {
        statement.Bind(1, isRaised ? 1L : 0L);
        statement.Bind(2, bytes);
        statement.Bind(3, row.Subject);
        statement.Bind(4, (long)row.Kind);
        return statement.Run();
    }

    private ChannelStates Row(long subject, StateKind kind)
    {
        var channel = kind == StateKind.Now ? memory?.Find(subject) : null;
        if (channel?.Now is { } known)
        {
            return known;
        }

        if (!rows.TryGetValue((subject, kind), out var row))
        {
            row = Read(subject, kind);
            rows.Add((subject, kind), row);
        }

        if (channel is not null)
        {
            channel.Now = row;
        }

        return row;
    }

    private ChannelStates Read(long subject, StateKind kind)
    {
        var row = new ChannelStates(subject, kind);
        if (transaction.Query(
            "SELECT states FROM alert_standing WHERE subject = $subject AND kind = $kind",
            reader => (byte[])reader.GetValue(0),
            ("$subject", subject), ("$kind", (int)kind)) is [var bytes])
        {
            for (ReadOnlyMemory<byte> rest = bytes; !rest.IsEmpty;)
            {
                var (rule, state) = StateBytes.Read(ref rest);
                row.Set(rule, state);
            }
        }

        return row;
    }

    private void Mark(ChannelStates row)
    {
        if (!row.IsChanged)
        {
            row.IsChanged = true;
            changed.Add(row);
            memory?.Change();
        }
    }
}
