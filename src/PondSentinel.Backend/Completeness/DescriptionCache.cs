using PondSentinel.Wire;

namespace PondSentinel.Backend.Completeness;

/// <summary>What descriptions say, by their names: each is read once, since reading one takes longer than counting its day.
/// </summary>
/// <remarks>Not thread-safe.</remarks>
internal sealed class DescriptionCache
{
    private const int Most = 4_096;

    private readonly Dictionary<(string Gateway, string Schema), IReadOnlyList<DescribedDevice>?> known = [];

    /// <summary>The devices of a description; null where it cannot be read.</summary>
    /// <param name="gateway">The gateway.</param>
    /// <param name="schema">The name of the description.</param>
    /// <param name="read">Gives its bytes where they are not known; null where there are none.</param>
    public IReadOnlyList<DescribedDevice>? Find(string gateway, string schema, Func<byte[]?> read)
    {
        if (!known.TryGetValue((gateway, schema), out var devices))
        {
            if (known.Count >= Most)
            {
                known.Clear();
            }

            known[(gateway, schema)] = devices =
                read() is { } bytes && MetaCodec.Decode(bytes).Value is { } meta ? Description.DevicesOf(meta) : null;
        }

        return devices;
    }
}
