using System.Security.Cryptography;
using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Backend.Alerting;

/// <summary>What the engine remembers of a channel from one transaction to the next, so that a value which moves nothing reads nothing.
/// </summary>
/// <param name="row">The channel as it is kept.</param>
internal sealed class RememberedChannel(SubjectRow row)
{
    // Objects, names and the places in three collections; an open episode with its last notice. Rounded up.
    private const int BytesOfChannel = 1_500;
    private const int BytesOfEpisode = 4_000;

    /// <summary>The channel as it is kept.</summary>
    public SubjectRow Row { get; set; } = row;

    /// <summary>Where its rules stand after the newest value; null: not read yet.</summary>
    public ChannelStates? Now { get; set; }

    /// <summary>Its open episodes; null: not read yet.</summary>
    public List<(string Rule, Episode Episode)>? Open { get; set; }

    /// <summary>Time key of its oldest kept value; null: not read yet.</summary>
    public long? OldestNs { get; set; }

    /// <summary>The place in the order of use.</summary>
    public LinkedListNode<RememberedChannel>? Place { get; set; }

    /// <summary>Number of the transaction that has used it last.</summary>
    public long Use { get; set; }

    /// <summary>What it is counted as, bytes.</summary>
    public long Counted { get; set; }

    /// <summary>What it takes about, bytes.</summary>
    public long Bytes => BytesOfChannel + (Now?.Bytes ?? 0) + (Open is null ? 0 : (long)BytesOfEpisode * Open.Count);
}

/// <summary>What the engine remembers of the channels it has used last: what it read and wrote of them. The tables are the truth.</summary>
/// <remarks>
/// <para>It is right as long as nobody else has written, and as long as what was written was committed. Both are told by one number in the
/// database, which each transaction of an engine that changes anything sets anew, at random: where it is not the number of the last
/// transaction that is known to have committed, everything is forgotten. So another engine, another process, a database that was put in the
/// place of this one and a commit whose end nobody heard of are all noticed by the next transaction.</para>
/// <para>All that a transaction has used is forgotten where it was not committed: it may have been written by it.</para>
/// <para>Beyond <see cref="BytesMax"/> what was used longest ago is forgotten, after the transaction.</para>
/// <para>Used by one thread at a time.</para>
/// </remarks>
/// <param name="bytesMax">About how many bytes it may take.</param>
internal sealed class ChannelMemory(long bytesMax = ChannelMemory.BytesMax)
{
    /// <summary>What it may take where nothing else is said: some 11,000 channels with ten rules.</summary>
    public const long BytesMax = 32 << 20;

    private readonly Dictionary<(AlertSubject Subject, string Joint), RememberedChannel> byName = [];
    private readonly Dictionary<long, RememberedChannel> byId = [];
    private readonly LinkedList<RememberedChannel> byUse = [];
    private RememberedChannel? last;
    private long use;
    private long bytes;
    private long? committed;
    private long? written;
    private bool isChanged;

    /// <summary>How many channels are remembered.</summary>
    public int Count => byId.Count;

    /// <summary>Begins a transaction.</summary>
    /// <param name="transaction">The transaction.</param>
    public void Begin(SqliteTransaction transaction)
    {
        var standing = transaction.Query("SELECT number FROM alert_written", reader => reader.GetInt64(0))[0];
        if (standing != committed)
        {
            Clear();
            committed = standing;
        }

        // Those at the end were used by a transaction that was not committed.
        while (byUse.Last?.Value is { } channel && channel.Use == use)
        {
            Forget(channel);
        }

        (last, written, isChanged) = (null, null, false);
        use++;
    }

    /// <summary>A channel by its name, where it is remembered.</summary>
    public RememberedChannel? Find(AlertSubject subject, string joint) => byName.TryGetValue((subject, joint), out var known) ? Used(known) : null;

    /// <summary>A channel by its number, where it is remembered.</summary>
    public RememberedChannel? Find(long subject) =>
        last?.Row.Id == subject ? last : byId.TryGetValue(subject, out var known) ? Used(known) : null;

    /// <summary>Remembers a channel.</summary>
    /// <param name="row">The channel as it is kept.</param>
    public void Enter(SubjectRow row)
    {
        var channel = new RememberedChannel(row) { Use = use };
        channel.Place = byUse.AddLast(channel);
        byName.Add((row.Subject, row.Joint), channel);
        byId.Add(row.Id, channel);
        last = channel;
    }

    /// <summary>Notes that this transaction changes something that others may remember.</summary>
    public void Change() => isChanged = true;

    /// <summary>Writes that this transaction has changed something, where it has.</summary>
    /// <param name="transaction">The transaction.</param>
    public void Write(SqliteTransaction transaction)
    {
        if (isChanged && written is null)
        {
            written = BitConverter.ToInt64(RandomNumberGenerator.GetBytes(sizeof(long)));
            transaction.Execute("UPDATE alert_written SET number = $number", ("$number", written));
        }
    }

    /// <summary>The transaction has committed.</summary>
    public void Committed()
    {
        committed = written ?? committed;
        for (var place = byUse.Last; place is not null && place.Value.Use == use; place = place.Previous)
        {
            bytes += place.Value.Bytes - place.Value.Counted;
            place.Value.Counted = place.Value.Bytes;
        }

        (last, written, isChanged) = (null, null, false);
        use++;
        while (bytes > bytesMax && byUse.First?.Value is { } oldest)
        {
            Forget(oldest);
        }
    }

    private RememberedChannel Used(RememberedChannel channel)
    {
        if (channel.Use != use)
        {
            channel.Use = use;
            byUse.Remove(channel.Place!);
            byUse.AddLast(channel.Place!);
        }

        return last = channel;
    }

    private void Forget(RememberedChannel channel)
    {
        bytes -= channel.Counted;
        byName.Remove((channel.Row.Subject, channel.Row.Joint));
        byId.Remove(channel.Row.Id);
        byUse.Remove(channel.Place!);
    }

    private void Clear()
    {
        byName.Clear();
        byId.Clear();
        byUse.Clear();
        (bytes, last) = (0, null);
    }
}
