using PondSentinel.Gateway.Buffering;

namespace PondSentinel.Tests.Gateway.Buffering;

/// <summary>The power went. Nothing may catch it: a process does not see its own end.</summary>
internal sealed class PowerCutException : Exception;

/// <summary>A card in memory. A power cut loses what was not synced, sector by sector and in any order; names that were not
/// synced survive as far as a journal got. A call may be made to fail, or the power to go instead of it.</summary>
internal sealed class SimulatedCard : ICard
{
    private const int SectorBytes = 512;
    private const int NoSpace = 28;
    private const int InputOutput = 5;

    private readonly Dictionary<string, Inode> durableNames = [];
    private readonly List<Action<Dictionary<string, Inode>>> unsyncedNames = [];
    private Dictionary<string, Inode> names = [];
    private bool isClaimed;

    public long Capacity { get; set; } = long.MaxValue / 2;

    public bool IgnoresSync { get; init; }

    /// <summary>Calls made so far: each a chance for the power to go.</summary>
    public long Calls { get; private set; }

    /// <summary>The call instead of which the power goes.</summary>
    public long? CutAt { get; set; }

    /// <summary>Which calls fail: given the call and the file's name, the errno or 0.</summary>
    public Func<string, string, int> Failure { get; set; } = (_, _) => 0;

    public static int Eio => InputOutput;

    public static int Enospc => NoSpace;

    public long FreeBytes => Capacity - names.Values.Sum(inode => (long)inode.Visible.Length);

    public IEnumerable<string> Names => names.Keys.Order(StringComparer.Ordinal);

    public IDisposable Claim()
    {
        if (isClaimed)
        {
            throw new IOException("The buffer is in use.");
        }

        isClaimed = true;
        return new Released(() => isClaimed = false);
    }

    public IReadOnlyList<string> List()
    {
        Call("list", "");
        return [.. names.Keys];
    }

    public ICardFile Create(string name, long length)
    {
        Call("create", name);
        if (FreeBytes < length)
        {
            throw new IOException("No space left on the card.", NoSpace);
        }

        var inode = new Inode(length);
        Rename(all => all[name] = inode);
        return new OpenFile(this, name, inode);
    }

    public ICardFile Open(string name)
    {
        Call("open", name);
        return names.TryGetValue(name, out var inode)
            ? new OpenFile(this, name, inode)
            : throw new FileNotFoundException(name);
    }

    public void Rename(string name, string newName)
    {
        Call("rename", name);
        Rename(all =>
        {
            all.Remove(name, out var inode);
            all[newName] = inode!;
        });
    }

    public void Delete(string name)
    {
        Call("delete", name);
        Rename(all => all.Remove(name));
    }

    public void SyncFolder()
    {
        Call("sync-folder", "");
        if (!IgnoresSync)
        {
            KeepNames(unsyncedNames.Count);
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
        foreach (var inode in durableNames.Values.Concat(names.Values).Distinct())
        {
            inode.CutPower(random);
        }

        names = new Dictionary<string, Inode>(durableNames);
    }

    /// <summary>The bytes of a file, to be spoilt.</summary>
    public byte[] Bytes(string name) => names[name].Visible;

    /// <summary>A card of its own with the same files, all of it durable, and nobody who uses it.</summary>
    public SimulatedCard Copy()
    {
        var copy = new SimulatedCard();
        foreach (var (name, inode) in names)
        {
            var file = copy.Create(name, inode.Visible.Length);
            file.Write(0, inode.Visible);
            file.Sync();
        }

        copy.SyncFolder();
        return copy;
    }

    private void Call(string call, string name)
    {
        Calls++;
        if (CutAt is { } at && Calls >= at)
        {
            throw new PowerCutException();
        }

        if (Failure(call, name) is var errno and not 0)
        {
            throw new IOException($"{call} of {name} fails.", errno);
        }
    }

    private void Rename(Action<Dictionary<string, Inode>> change)
    {
        change(names);
        unsyncedNames.Add(change);
    }

    private void KeepNames(int count)
    {
        foreach (var change in unsyncedNames.Take(count))
        {
            change(durableNames);
        }

        unsyncedNames.RemoveRange(0, count);
    }

    private sealed class Inode(long length)
    {
        private readonly List<(int Offset, byte[] Bytes)> unsynced = [];
        private byte[] durable = [];

        public byte[] Visible { get; private set; } = new byte[length];

        public void Write(int offset, ReadOnlySpan<byte> bytes)
        {
            bytes.CopyTo(Visible.AsSpan(offset));
            for (var done = 0; done < bytes.Length;)
            {
                var size = Math.Min(SectorBytes - ((offset + done) % SectorBytes), bytes.Length - done);
                unsynced.Add((offset + done, bytes.Slice(done, size).ToArray()));
                done += size;
            }
        }

        public void Sync()
        {
            Grow();
            foreach (var (offset, bytes) in unsynced)
            {
                bytes.CopyTo(durable, offset);
            }

            unsynced.Clear();
        }

        public void CutPower(Random random)
        {
            if (durable.Length > 0 || random.Next(2) == 0)
            {
                Grow();
                var mode = random.Next(3);
                foreach (var sector in unsynced.GroupBy(write => write.Offset / SectorBytes))
                {
                    var writes = sector.ToList();
                    var kept = mode switch { 0 => 0, 1 => writes.Count, _ => random.Next(writes.Count + 1) };
                    foreach (var (offset, bytes) in writes.Take(kept))
                    {
                        bytes.CopyTo(durable, offset);
                    }
                }
            }

            unsynced.Clear();
            Visible = [.. durable];
        }

        private void Grow()
        {
            if (durable.Length < Visible.Length)
            {
                Array.Resize(ref durable, Visible.Length);
            }
        }
    }

    private sealed class OpenFile(SimulatedCard card, string name, Inode inode) : ICardFile
    {
        public long Length => inode.Visible.Length;

        public int Read(long offset, Span<byte> bytes)
        {
            card.Call("read", name);
            var count = Math.Min(bytes.Length, inode.Visible.Length - (int)offset);
            inode.Visible.AsSpan((int)offset, count).CopyTo(bytes);
            return count;
        }

        public void Write(long offset, ReadOnlySpan<byte> bytes)
        {
            card.Call("write", name);
            inode.Write((int)offset, bytes);
        }

        public void Sync()
        {
            card.Call("sync", name);
            if (!card.IgnoresSync)
            {
                inode.Sync();
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
