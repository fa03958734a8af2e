using System.Buffers.Binary;
using PondSentinel.Measurements;

namespace PondSentinel.Alerting;

/// <summary>A joint statistic on its way through the values of its channels.</summary>
/// <remarks>The memory: that of what is made of the watched channel, then by input and channel the newest value and the memory of
/// what is made of that.</remarks>
internal sealed class JointRun : IStatisticRun
{
    private const int FollowedLength = 28;

    // Beside the input: that the time between the two newest values follows, which it does where it is longer than they are good for.
    private const int GapBit = 1 << 16;

    private readonly JointStatistic joint;
    private readonly IStatisticRun? own;
    private readonly SortedDictionary<(int Input, long Source), Followed> followed = [];
    private readonly List<AlertSample> made = [];
    private bool isAlarmed;

    public JointRun(JointStatistic joint, ReadOnlySpan<byte> memory)
    {
        this.joint = joint;
        var ownMemory = memory.IsEmpty ? [] : Block(ref memory);
        own = joint.Own?.Begin(ownMemory);
        while (!memory.IsEmpty)
        {
            Read(ref memory);
        }
    }

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> Memory
    {
        get
        {
            using var bytes = new MemoryStream();
            Write(bytes, own is null ? [] : own.Memory.Span);
            Span<byte> head = stackalloc byte[FollowedLength + sizeof(long)];
            foreach (var ((input, source), channel) in followed)
            {
                BinaryPrimitives.WriteInt32LittleEndian(head, input | (channel.GapMs != 0 ? GapBit : 0));
                BinaryPrimitives.WriteInt64LittleEndian(head[4..], source);
                BinaryPrimitives.WriteInt64LittleEndian(head[12..], channel.AtMs);
                BinaryPrimitives.WriteDoubleLittleEndian(head[20..], channel.Value);
                BinaryPrimitives.WriteInt64LittleEndian(head[FollowedLength..], channel.GapMs);
                bytes.Write(channel.GapMs != 0 ? head : head[..FollowedLength]);
                Write(bytes, channel.Run is null ? [] : channel.Run.Memory.Span);
            }

            return bytes.ToArray();
        }
    }

    /// <inheritdoc/>
    public bool HasOutlasted => own?.HasOutlasted == true;

    /// <summary>How much of a memory is what is made of the watched channel, bytes from its beginning: good for other conditions too.</summary>
    /// <param name="memory">The memory.</param>
    /// <exception cref="InvalidDataException">It ends within.</exception>
    public static int OwnLength(ReadOnlySpan<byte> memory)
    {
        var rest = memory;
        Block(ref rest);
        return memory.Length - rest.Length;
    }

    /// <inheritdoc/>
    public void Alarm(bool isOn, bool isNew)
    {
        isAlarmed = isOn;
        own?.Alarm(isOn, isNew);
        foreach (var channel in followed.Values)
        {
            channel.Run?.Alarm(isOn, isNew);
        }
    }

    /// <inheritdoc/>
    public void Step(in AlertSample sample, ICollection<AlertSample> series)
    {
        if (!sample.Origin.IsOwn && !sample.Origin.IsTick)
        {
            Follow(sample);
            return;
        }

        var judged = !sample.Counts && IsBorneOut(sample) ? sample with { IsBound = true } : sample;
        var compared = joint.Against is { } against && judged.Counts ? against.Compared(judged, Other(against, sample.At)) : judged;
        made.Clear();
        if (own is null)
        {
            made.Add(compared);
        }
        else
        {
            own.Step(compared, made);
        }

        var isBarred = made.Count > 0 && IsBarred(sample.At);
        foreach (var value in made)
        {
            series.Add(value with { IsBarred = value.IsBarred || isBarred });
        }
    }

    // What a probe has failed for its speed, or for standing still, and a second one shows too, is the water.
    private bool IsBorneOut(in AlertSample sample)
    {
        if (sample is not { Flag: QualityFlag.Fail, Value: { } value, IsMaintained: false } || !double.IsFinite(value))
        {
            return false;
        }

        for (var i = 0; i < joint.Conditions.Count; i++)
        {
            if (joint.Conditions[i].IsConfirmation && Holds(i, sample.At))
            {
                return true;
            }
        }

        return false;
    }

    // The newest value of each channel, of thinned records the mean. Beyond the other's range: by how much, nobody knows.
    private double? Other(Comparison against, DateTimeOffset at)
    {
        var (sum, count) = (0.0, 0);
        foreach (var ((input, _), channel) in followed)
        {
            if (input == 0 && channel.IsFresh(at, against.Within))
            {
                if (double.IsNaN(channel.Value))
                {
                    return null;
                }

                sum += channel.Value;
                count++;
            }
        }

        return count > 0 ? sum / count : null;
    }

    private bool IsBarred(DateTimeOffset at)
    {
        for (var i = 0; i < joint.Conditions.Count; i++)
        {
            if (!joint.Conditions[i].IsShown && Holds(i, at) == joint.Conditions[i].IsBar)
            {
                return true;
            }
        }

        return false;
    }

    private bool Holds(int i, DateTimeOffset at)
    {
        var condition = joint.Conditions[i];
        var within = WithinOf(condition);
        return followed.Any(pair =>
            pair.Key.Input == i + 1 && pair.Value.IsFresh(at, within) && condition.Range.Holds(pair.Value.Value));
    }

    private static TimeSpan WithinOf(Condition condition) => condition.Within + (condition.Statistic?.Spacing ?? TimeSpan.Zero);

    private void Follow(in AlertSample sample)
    {
        for (var input = 0; input <= joint.Conditions.Count; input++)
        {
            if ((sample.Origin.Inputs & (1 << input)) == 0)
            {
                continue;
            }

            var condition = input == 0 ? null : joint.Conditions[input - 1];
            if (!followed.TryGetValue((input, sample.Origin.Source), out var channel))
            {
                channel = new Followed(condition?.Statistic?.Begin([]), long.MinValue, 0, 0);
                channel.Run?.Alarm(isAlarmed, isNew: false);
                followed.Add((input, sample.Origin.Source), channel);
            }

            made.Clear();
            var judged = BeyondRange.Judged(sample, condition?.Of.Measurand ?? joint.Against?.Of.Measurand);
            if (channel.Run is null)
            {
                made.Add(judged);
            }
            else
            {
                channel.Run.Step(judged, made);
            }

            foreach (var value in made)
            {
                var known = condition is not null ? condition.Range.Known(value)
                    : value.IsBound ? double.NaN
                    : value.IsEvidence ? value.Value
                    : null;
                if (known is { } number)
                {
                    channel.Take(value.At.ToUnixTimeMilliseconds(), number, condition is null ? joint.Against?.Within ?? TimeSpan.Zero : WithinOf(condition));
                }
            }
        }
    }

    private static void Write(MemoryStream bytes, ReadOnlySpan<byte> block)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, block.Length);
        bytes.Write(length);
        bytes.Write(block);
    }

    private static ReadOnlySpan<byte> Block(ref ReadOnlySpan<byte> memory)
    {
        var length = memory.Length >= sizeof(int) ? BinaryPrimitives.ReadInt32LittleEndian(memory) : -1;
        if (length < 0 || length > memory.Length - sizeof(int))
        {
            throw new InvalidDataException($"The memory of a joint statistic ends within a block of {length} bytes.");
        }

        var block = memory.Slice(sizeof(int), length);
        memory = memory[(sizeof(int) + length)..];
        return block;
    }

    private void Read(ref ReadOnlySpan<byte> memory)
    {
        var input = memory.Length < FollowedLength ? -1 : BinaryPrimitives.ReadInt32LittleEndian(memory);
        var length = FollowedLength + (input > 0 && (input & GapBit) != 0 ? sizeof(long) : 0);
        input = input < 0 ? input : input & ~GapBit;
        if (input < 0 || input > joint.Conditions.Count || memory.Length < length)
        {
            throw new InvalidDataException("The memory of a joint statistic is that of another.");
        }

        var source = BinaryPrimitives.ReadInt64LittleEndian(memory[4..]);
        var atMs = BinaryPrimitives.ReadInt64LittleEndian(memory[12..]);
        var value = BinaryPrimitives.ReadDoubleLittleEndian(memory[20..]);
        var gapMs = length > FollowedLength ? BinaryPrimitives.ReadInt64LittleEndian(memory[FollowedLength..]) : 0;
        memory = memory[length..];
        var block = Block(ref memory);
        var statistic = input == 0 ? null : joint.Conditions[input - 1].Statistic;
        followed[(input, source)] = new Followed(statistic?.Begin(block), atMs, value, gapMs);
    }

    // A channel beside the watched one, as far as one input is concerned.
    private sealed class Followed(IStatisticRun? run, long atMs, double value, long gapMs)
    {
        public IStatisticRun? Run { get; } = run;

        public long AtMs { get; private set; } = atMs;

        public double Value { get; private set; } = value;

        // Time between the two newest values, where that is longer than they are good for, else 0; below 0 where it is not the usual one.
        public long GapMs { get; private set; } = gapMs;

        public void Take(long atMs, double value, TimeSpan within)
        {
            var gap = AtMs == long.MinValue ? 0 : atMs - AtMs;
            GapMs = gap <= within.TotalMilliseconds ? 0 : Cadence.IsUsual(gap, Math.Abs(GapMs)) ? gap : -gap;
            (AtMs, Value) = (atMs, value);
        }

        public bool IsFresh(DateTimeOffset at, TimeSpan within) =>
            AtMs != long.MinValue && at.ToUnixTimeMilliseconds() - AtMs is var age
            && (age <= within.TotalMilliseconds || (GapMs > 0 && Cadence.IsUsual(Math.Max(age, GapMs), GapMs)));
    }
}
