using System.Text;

namespace PondSentinel.Tests.Wire;

/// <summary>The example messages, which the contract's description links to.</summary>
internal static class Example
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Wire", "Examples");

    /// <summary>The names of all of them.</summary>
    public static IEnumerable<string> All =>
        Directory.EnumerateFiles(Folder, "*.json").Select(file => Path.GetFileNameWithoutExtension(file)!).Order(StringComparer.Ordinal);

    /// <summary>One of them, without the end of its line.</summary>
    public static byte[] Bytes(string name) => Encoding.UTF8.GetBytes(Text(name));

    /// <summary>The same as text.</summary>
    public static string Text(string name) => File.ReadAllText(Path.Combine(Folder, name + ".json")).TrimEnd('\n');
}
