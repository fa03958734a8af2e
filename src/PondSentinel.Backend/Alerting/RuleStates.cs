using System.Buffers;
using Microsoft.Data.Sqlite;
using PondSentinel.Alerting;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Backend.Alerting;

/// <summary>Where the rules stand for each channel. All rules of a channel are one row: a value moves most of them, and a row each costs
/// more than the rules themselves.</summary>
/// <remarks>What was read in this transaction is not read again in it, and what was changed is written by <see cref="Write"/>. Nothing of
/// it outlives the transaction.</remarks>
/// <param name="transaction">The transaction.</param>
internal sealed class RuleStates(SqliteTransaction transaction)
{
    private static readonly StateKind[] Kinds = Enum.GetValues<StateKind>();

    private readonly Dictionary<(long Subject, StateKind Kind), Row> rows = [];
    private readonly List<(long Subject, StateKind Kind)> changed = [];

    /// <summary>Where a rule stands for a channel; <see cref="RuleState.Initial"/> where it has no state.</summary>
    public RuleState Find(string rule, long subject, StateKind kind)
    {
        var row = Of(subject, kind);
        return row.IndexOf(rule) is >= 0 and var index ? row.States[index].State : RuleState.Initial;
    }

    /// <summary>Whether a rule has a state of any kind for a channel.</summary>
    public bool Has(string rule, long subject) => Array.Exists(Kinds, kind => Of(subject, kind).IndexOf(rule) >= 0);

    /// <summary>Notes where a rule stands for a channel.</summary>
    public void Set(string rule, long subject, StateKind kind, in RuleState state)
    {
        var row = Of(subject, kind);
        if (row.IndexOf(rule) is >= 0 and var index)
        {
            row.States[index] = (rule, state);
        }
        else
        {
            row.States.Add((rule, state));
        }

        Mark(subject, kind, row);
    }

    /// <summary>Forgets all states of a rule for a channel.</summary>
    public void Delete(string rule, long subject)
    {
        foreach (var kind in Kinds)
        {
            var row = Of(subject, kind);
            if (row.IndexOf(rule) is >= 0 and var index)
            {
                row.States.RemoveAt(index);
                Mark(subject, kind, row);
            }
        }
    }

    /// <summary>Writes what was changed.</summary>
    public void Write()
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        foreach (var (subject, kind) in changed)
        {
            var row = rows[(subject, kind)];
            row.IsChanged = false;
            (string, object?)[] key = [("$subject", subject), ("$kind", (int)kind)];
            if (row.States.Count == 0)
            {
                transaction.Execute("DELETE FROM alert_standing WHERE subject = $subject AND kind = $kind", key);
                continue;
            }

            buffer.ResetWrittenCount();
            var isRaised = false;
            foreach (var (rule, state) in row.States)
            {
                StateBytes.Write(buffer, rule, state);
                isRaised |= state.Alert.Phase != AlertPhase.Normal;
            }

            transaction.Execute(
                "INSERT OR REPLACE INTO alert_standing VALUES ($subject, $kind, $stirs, $states)",
                [.. key, ("$stirs", isRaised ? 1 : 0), ("$states", buffer.WrittenSpan.ToArray())]);
        }

        changed.Clear();
    }

    private Row Of(long subject, StateKind kind)
    {
        if (rows.TryGetValue((subject, kind), out var known))
        {
            return known;
        }

        var row = new Row();
        if (transaction.Query(
            "SELECT states FROM alert_standing WHERE subject = $subject AND kind = $kind",
            reader => (byte[])reader.GetValue(0),
            ("$subject", subject), ("$kind", (int)kind)) is [var bytes])
        {
            for (ReadOnlyMemory<byte> rest = bytes; !rest.IsEmpty;)
            {
                row.States.Add(StateBytes.Read(ref rest));
            }
        }

        rows.Add((subject, kind), row);
        return row;
    }

    private void Mark(long subject, StateKind kind, Row row)
    {
        if (!row.IsChanged)
        {
            row.IsChanged = true;
            changed.Add((subject, kind));
        }
    }

    private sealed class Row
    {
        public List<(string Rule, RuleState State)> States { get; } = [];

        public bool IsChanged { get; set; }

        public int IndexOf(string rule)
        {
            for (var i = 0; i < States.Count; i++)
            {
                if (States[i].Rule == rule)
                {
                    return i;
                }
            }

            return -1;
        }
    }
}
