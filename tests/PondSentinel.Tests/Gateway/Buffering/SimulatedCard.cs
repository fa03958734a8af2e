using PondSentinel.Gateway.Buffering;

namespace PondSentinel.Tests.Gateway.Buffering;

/// <summary>The power went. Nothing may catch it: a process does not see its own end.</summary>
internal sealed class PowerCutException : Exception;

/// <summary>What a sync of the buffer is for: one line of its code each.</summary>
internal enum SyncPoint
{
    None,
    Append,
    Thinning,
    NewSegment,
    NewSegmentName,
    ReusedSegment,
    ReusedSegmentName,
    LedgerSave,
    NewLedger,
    RecordTailAtOpening,
    EventTailAtOpening,
    ThinnedTailAtOpening,
    NamesAtOpening,
    All,
}

/// <summary>A card in memory. A power cut loses what was not synced, sector by sector and in any order; names that were not
/// synced survive as far as a journal got. A call may be made to fail, or the power to go instead of it.</summary>
internal sealed class SimulatedCard : ICard
{
    private const int NoSpace = 28;
    private const int InputOutput = 5;
    private const int ReadOnly = 30;

    private readonly Dictionary<string, SimulatedFile> durableNames = [];
    private readonly List<NameChange> unsyncedNames = [];
    private Dictionary<string, SimulatedFile> names = [];
    private int namesAtClaim;
    private bool isClaimed;

    public static int Eio => InputOutput;

    public static int Enospc => NoSpace;

    public static int Erofs => ReadOnly;

    public long Capacity { get; set; } = long.MaxValue / 2;

    /// <summary>The sync that does nothing and says that it did.</summary>
    public SyncPoint Ignored { get; init; }

    /// <summary>Whether it is an error that a file gets a durable name before its content is durable.</summary>
    public bool WantsContentBeforeName { get; init; }

    /// <summary>Calls made so far: each a chance for the power to go.</summary>
    public long Calls { get; private set; }

    /// <summary>The call instead of which the power goes.</summary>
    public long? CutAt { get; set; }

    /// <summary>Told before each call that changes something.</summary>
    public Action? BeforeChange { get; set; }

    /// <summary>Which calls fail: given the call and the file's name, the errno or 0.</summary>
    public Func<string, string, int> Failure { get; set; } = (_, _) => 0;

    /// <summary>How often each sync was asked for.</summary>
    public int[] Syncs { get; } = new int[(int)SyncPoint.All];

    /// <summary>A place that cannot be read: given the file's name, whether a range of bytes touches it.</summary>
    public Func<string, Range, bool> BadSector { get; set; } = (_, _) => false;

    public long FreeBytes => Capacity - names.Values.Sum(file => (long)file.Length);

    public IEnumerable<string> Names => names.Keys.Order(StringComparer.Ordinal);

    public static bool IsChange(string call) => call is "create" or "write" or "sync" or "sync-folder" or "rename" or "delete";

    public IDisposable Claim()
    {
        if (isClaimed)
        {
            throw new IOException("The buffer is in use.");
        }

        isClaimed = true;
        namesAtClaim = unsyncedNames.Count;
        foreach (var file in names.Values)
        {
            file.IsWritten = false;
        }

        return new Released(() => isClaimed = false);
    }

    public IReadOnlyList<string> List()
    {
        Call("list", "");
        return [.. names.Keys];
    }

    public ICardFile Create(string name, long length)
    {
        if (Begin("create", name) is var errno and not 0)
        {
            // Zeros are written until one of the writes fails.
            if (errno != ReadOnly && Calls % 2 == 0)
            {
                Change(new NameChange(null, name, new SimulatedFile(length / 2)));
            }

            throw Failed("create", name, errno);
        }

        if (FreeBytes < length)
        {
            throw new IOException("No space left on the card.", NoSpace);
        }

        var file = new SimulatedFile(length);
        Change(new NameChange(null, name, file));
        return new OpenFile(this, name, file);
    }

    public ICardFile Open(string name)
    {
        Call("open", name);
        return names.TryGetValue(name, out var file)
            ? new OpenFile(this, name, file)
            : throw new FileNotFoundException(name);
    }

    public void Rename(string name, string newName)
    {
        Call("rename", name);
        Change(new NameChange(name, newName, null));
    }

    public void Delete(string name)
    {
        Call("delete", name);
        Change(new NameChange(name, null, null));
    }

    public void SyncFolder()
    {
        Call("sync-folder", "");
        if (WantsContentBeforeName)
        {
            foreach (var (_, name, _) in unsyncedNames)
            {
                Assert.False(
                    name is not null && !name.EndsWith(".bad", StringComparison.Ordinal)
                    && names.TryGetValue(name, out var file) && file.IsUnsynced,
                    $"{name} gets a durable name before its content is durable");
            }
        }

        var point = PointOfFolder();
        namesAtClaim = 0;
        if (IsKept(point))
        {
            KeepNames(unsyncedNames.Count);
        }
        else
        {
            namesAtClaim = unsyncedNames.Count;
        }
    }

    /// <summary>The process was killed: the kernel still has everything.</summary>
    public void Kill() => isClaimed = false;

    /// <summary>The power was cut and has come back.</summary>
    public void CutPower(Random random)
    {
        isClaimed = false;
        CutAt = null;
        KeepNames(random.Next(3) switch { 0 => 0, 1 => unsyncedNames.Count, _ => random.Next(unsyncedNames.Count + 1) });
        unsyncedNames.Clear();
        namesAtClaim = 0;
        names = new Dictionary<string, SimulatedFile>(durableNames);
        foreach (var file in names.Values)
        {
            file.CutPower(random);
        }
    }

    /// <summary>The bytes of a file, to be spoilt.</summary>
    public byte[] Bytes(string name) => names[name].Bytes();

    /// <summary>The content of a file.</summary>
    public SimulatedFile File(string name) => names[name];

    /// <summary>A card of its own in the same state, unsynced writes and all, and nobody who uses it.</summary>
    public SimulatedCard Snapshot()
    {
        var copies = new Dictionary<SimulatedFile, SimulatedFile>(ReferenceEqualityComparer.Instance);
        SimulatedFile CopyOf(SimulatedFile file)
        {
            if (!copies.TryGetValue(file, out var copy))
            {
                copies.Add(file, copy = file.Copy());
            }

            return copy;
        }

        var card = new SimulatedCard { Capacity = Capacity, Ignored = Ignored, WantsContentBeforeName = WantsContentBeforeName };
        foreach (var (name, file) in names)
        {
            card.names.Add(name, CopyOf(file));
        }

        foreach (var (name, file) in durableNames)
        {
            card.durableNames.Add(name, CopyOf(file));
        }

        foreach (var change in unsyncedNames)
        {
            card.unsyncedNames.Add(change.Created is { } file ? change with { Created = CopyOf(file) } : change);
        }

        return card;
    }

    /// <summary>A card of its own with the same files, all of it durable, and nobody who uses it.</summary>
    public SimulatedCard Copy()
    {
        var copy = Snapshot();
        copy.KeepNames(copy.unsyncedNames.Count);
        foreach (var file in copy.names.Values)
        {
            file.Sync();
        }

        return copy;
    }

    private static IOException Failed(string call, string name, int errno) => new($"{call} of {name} fails.", errno);

    private int Begin(string call, string name)
    {
        Calls++;
        if (CutAt is { } at && Calls >= at)
        {
            throw new PowerCutException();
        }

        if (IsChange(call))
        {
            BeforeChange?.Invoke();
        }

        return Failure(call, name);
    }

    private void Call(string call, string name)
    {
        if (Begin(call, name) is var errno and not 0)
        {
            throw Failed(call, name, errno);
        }
    }

    private SyncPoint PointOfFolder() => unsyncedNames.Count <= namesAtClaim ? SyncPoint.NamesAtOpening : unsyncedNames[^1] switch
    {
        { Created: not null, To: not LedgerFile.Name } => SyncPoint.NewSegmentName,
        { To: { } name } when name.EndsWith(".seg", StringComparison.Ordinal) => SyncPoint.ReusedSegmentName,
        _ => SyncPoint.NamesAtOpening,
    };

    private static SyncPoint PointOf(string name, SimulatedFile file) =>
        string.Equals(name, LedgerFile.Name, StringComparison.Ordinal)
            ? file.IsNew && !file.IsWritten ? SyncPoint.NewLedger : SyncPoint.LedgerSave
            : !file.IsWritten ? AtOpening(name)
            : !file.IsStartWritten ? name[0] == 't' ? SyncPoint.Thinning : SyncPoint.Append
            : file.IsNew ? SyncPoint.NewSegment : SyncPoint.ReusedSegment;

    private static SyncPoint AtOpening(string name) => name[0] switch
    {
        'r' => SyncPoint.RecordTailAtOpening,
        't' => SyncPoint.ThinnedTailAtOpening,
        _ => SyncPoint.EventTailAtOpening,
    };

    private bool IsKept(SyncPoint point)
    {
        Syncs[(int)point]++;
        return Ignored != SyncPoint.All && Ignored != point;
    }

    private void Change(NameChange change)
    {
        change.Apply(names);
        unsyncedNames.Add(change);
    }

    private void KeepNames(int count)
    {
        foreach (var change in unsyncedNames.Take(count))
        {
            change.Apply(durableNames);
        }

        unsyncedNames.RemoveRange(0, count);
    }

    private sealed record NameChange(string? From, string? To, SimulatedFile? Created)
    {
        public void Apply(Dictionary<string, SimulatedFile> names)
        {
            var file = Created;
            if (From is not null)
            {
                names.Remove(From, out file);
            }

            if (To is not null && file is not null)
            {
                names[To] = file;
            }
        }
    }

    private sealed class OpenFile(SimulatedCard card, string name, SimulatedFile file) : ICardFile
    {
        public long Length => file.Length;

        public int Read(long offset, Span<byte> bytes)
        {
            card.Call("read", name);
            if (card.BadSector(name, (int)offset..((int)offset + bytes.Length)))
            {
                throw new IOException($"read of {name} at {offset} fails.", Eio);
            }

            return file.Read(offset, bytes);
        }

        public void Write(long offset, ReadOnlySpan<byte> bytes)
        {
            if (card.Begin("write", name) is var errno and not 0)
            {
                if (errno != ReadOnly && card.Calls % 2 == 0)
                {
                    file.Write((int)offset, bytes[..(bytes.Length / 2)]);
                }

                throw Failed("write", name, errno);
            }

            file.Write((int)offset, bytes);
        }

        public void Sync()
        {
            if (card.Begin("sync", name) is var errno and not 0)
            {
                file.FailSync(card.Calls % 2 == 0);
                throw Failed("sync", name, errno);
            }

            var point = PointOf(name, file);
            file.IsStartWritten = false;
            if (card.IsKept(point))
            {
                file.Sync();
            }
        }

        public void Dispose()
        {
        }
    }

    private sealed class Released(Action action) : IDisposable
    {
        public void Dispose() => action();
    }
}
