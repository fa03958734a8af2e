namespace PondSentinel.Tests.Gateway.Buffering;

/// <summary>The content of a file on a <see cref="SimulatedCard"/>: what a process sees, what a power cut leaves at least, and
/// the writes between the two.</summary>
/// <remarks>Copies share their bytes until one of them writes, so that a copy at every call of a history costs little.
/// </remarks>
internal sealed class SimulatedFile
{
    private const int SectorBytes = 512;

    private readonly List<(int Offset, byte[] Bytes)> unsynced;
    private byte[] visible;
    private byte[] durable;
    private bool ownsVisible = true;
    private bool ownsDurable = true;

    // Whether something is seen that no sync will ever write: the kernel forgets what it failed to write.
    private bool isForgotten;

    public SimulatedFile(long length)
    {
        unsynced = [];
        visible = new byte[length];
        durable = [];
        IsNew = true;
    }

    private SimulatedFile(SimulatedFile other)
    {
        unsynced = [.. other.unsynced];
        (visible, durable) = (other.visible, other.durable);
        (ownsVisible, ownsDurable) = (false, false);
        (other.ownsVisible, other.ownsDurable) = (false, false);
        (isForgotten, IsNew, IsWritten, IsStartWritten) = (other.isForgotten, other.IsNew, other.IsWritten, other.IsStartWritten);
    }

    public int Length => visible.Length;

    /// <summary>Whether it was never synced.</summary>
    public bool IsNew { get; private set; }

    /// <summary>Whether the process that has the card has written to it.</summary>
    public bool IsWritten { get; set; }

    /// <summary>Whether a power cut could cost it anything.</summary>
    public bool IsUnsynced => IsNew || unsynced.Count > 0;

    /// <summary>Whether its first bytes were written since somebody asked for a sync.</summary>
    public bool IsStartWritten { get; set; }

    public SimulatedFile Copy() => new(this);

    public int Read(long offset, Span<byte> bytes)
    {
        var count = (int)Math.Clamp(visible.Length - offset, 0, bytes.Length);
        visible.AsSpan((int)offset, count).CopyTo(bytes);
        return count;
    }

    public void Write(int offset, ReadOnlySpan<byte> bytes)
    {
        var kept = bytes.ToArray();
        kept.CopyTo(OwnVisible(), offset);
        unsynced.Add((offset, kept));
        IsWritten = true;
        IsStartWritten |= offset == 0;
    }

    public void Sync()
    {
        if (isForgotten)
        {
            Grow();
            unsynced.ForEach(write => Apply(write.Offset, write.Bytes));
        }
        else
        {
            durable = visible;
            (ownsVisible, ownsDurable) = (false, false);
        }

        unsynced.Clear();
        IsNew = false;
    }

    /// <summary>A sync failed: what was to be written may be on the card or not, and no later sync writes it.</summary>
    public void FailSync(bool isOnCard)
    {
        if (isOnCard)
        {
            Sync();
            return;
        }

        isForgotten |= unsynced.Count > 0;
        unsynced.Clear();
    }

    public void CutPower(Random random)
    {
        if (!IsNew || random.Next(2) == 0)
        {
            Grow();
            switch (random.Next(4))
            {
                case 0:
                    break;
                case 1:
                    unsynced.ForEach(write => Apply(write.Offset, write.Bytes));
                    break;
                case 2:
                    KeepAnyOfEachSector(random);
                    break;
                default:
                    KeepSomeInOrder(random);
                    break;
            }
        }

        unsynced.Clear();
        visible = durable;
        (ownsVisible, ownsDurable, isForgotten, IsNew) = (false, false, false, false);
    }

    /// <summary>The bytes that a process sees, to be spoilt.</summary>
    public byte[] Bytes() => OwnVisible();

    /// <summary>Spoils bytes for good: whoever reads them sees it, and so does everybody after a power cut.</summary>
    public void Rot(int offset, int count, byte mask)
    {
        for (var at = offset; at < Math.Min(offset + count, Length); at++)
        {
            OwnVisible()[at] ^= mask;
            if (at < durable.Length)
            {
                OwnDurable()[at] ^= mask;
            }
        }
    }

    // Sectors in any order; of one sector the writes in theirs.
    private void KeepAnyOfEachSector(Random random)
    {
        for (var start = 0; start < Length; start += SectorBytes)
        {
            var end = start + SectorBytes;
            var count = unsynced.Count(write => write.Offset < end && write.Offset + write.Bytes.Length > start);
            var kept = count == 0 ? 0 : random.Next(count + 1);
            foreach (var (offset, bytes) in unsynced)
            {
                var first = Math.Max(offset, start);
                var last = Math.Min(offset + bytes.Length, end);
                if (first < last && kept-- > 0)
                {
                    Apply(first, bytes.AsSpan(first - offset, last - first));
                }
            }
        }
    }

    private void KeepSomeInOrder(Random random)
    {
        var whole = random.Next(unsynced.Count + 1);
        foreach (var (offset, bytes) in unsynced.Take(whole))
        {
            Apply(offset, bytes);
        }

        if (whole < unsynced.Count)
        {
            var (offset, bytes) = unsynced[whole];
            var sectors = random.Next(((bytes.Length - 1) / SectorBytes) + 1);
            var end = ((offset / SectorBytes) + sectors) * SectorBytes;
            Apply(offset, bytes.AsSpan(0, Math.Clamp(end - offset, 0, bytes.Length)));
        }
    }

    private void Apply(int offset, ReadOnlySpan<byte> bytes) => bytes.CopyTo(OwnDurable().AsSpan(offset));

    private void Grow()
    {
        if (durable.Length < visible.Length)
        {
            durable = new byte[visible.Length];
            ownsDurable = true;
        }
    }

    private byte[] OwnVisible()
    {
        if (!ownsVisible)
        {
            (visible, ownsVisible) = ([.. visible], true);
        }

        return visible;
    }

    private byte[] OwnDurable()
    {
        if (!ownsDurable)
        {
            (durable, ownsDurable) = ([.. durable], true);
        }

        return durable;
    }
}
