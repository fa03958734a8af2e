using System.Globalization;

namespace PondSentinel.Sensors.Scanning;

/// <summary>Looks who is on the 1-Wire buses: the kernel has looked already.</summary>
public static class OneWireScan
{
    private const int NumberLength = 15;
    private const int FamilyDigits = 2;
    private const int SerialBits = 48;

    /// <summary>Looks.</summary>
    /// <param name="folder">Where the kernel shows them.</param>
    /// <param name="models">The models there are.</param>
    /// <returns>Those that it shows; none where there is no such folder.</returns>
    public static IReadOnlyList<FoundDevice> Find(string folder, IEnumerable<SensorModel> models)
    {
        if (!Directory.Exists(folder))
        {
            return [];
        }

        var families = models.Select(model => (model.Id, Addresses: model.On(LineKind.OneWire)?.Addresses as OneWireAddresses))
            .Where(model => model.Addresses is not null)
            .ToLookup(model => model.Addresses!.Family, model => model.Id);
        return
        [
            .. Directory.EnumerateFileSystemEntries(folder).Select(Path.GetFileName).OfType<string>().Order(StringComparer.Ordinal)
                .Select(AddressOf).OfType<long>()
                .Select(address => new FoundDevice(address, [.. families[(byte)(address >> SerialBits)]])),
        ];
    }

    // Beside the chips lie their masters, w1_bus_master1.
    private static long? AddressOf(string name) =>
        name.Length == NumberLength && name[FamilyDigits] == '-'
        && long.TryParse(name.Remove(FamilyDigits, 1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var address)
            ? address
            : null;
}
