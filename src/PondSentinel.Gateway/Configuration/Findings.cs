using System.Globalization;
using PondSentinel.Toml;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Configuration;

/// <summary>What is wrong with a configuration, and what is merely unwise.</summary>
/// <param name="Problems">Each keeps the gateway from starting.</param>
/// <param name="Warnings">None does.</param>
internal sealed record Findings(List<Problem> Problems, List<Problem> Warnings)
{
    private const int LabelLengthMax = 64;

    /// <summary>Reads the name of something: <c>[a-z0-9-]{1,32}</c>.</summary>
    /// <param name="section">Where it stands.</param>
    /// <param name="key">Its key.</param>
    /// <returns>The name; empty where there is none or it is wrong, which is reported.</returns>
    public static string Name(TomlSection section, string key)
    {
        var name = section.Text(key, required: true);
        if (name is null || Names.IsName(name))
        {
            return name ?? "";
        }

        section.Report(key, $"{key} of [{section.Name}] is no name: \"{name}\"", "use 1 to 32 of a-z, 0-9 and -");
        return "";
    }

    /// <summary>Reads a text for people.</summary>
    /// <param name="section">Where it stands.</param>
    /// <param name="key">Its key.</param>
    public static string? Label(TomlSection section, string key)
    {
        var label = section.Text(key);
        if (label is null || (label.Length is > 0 and <= LabelLengthMax && !label.Any(char.IsControl)))
        {
            return label;
        }

        section.Report(
            key,
            $"{key} of [{section.Name}] must be 1 to {LabelLengthMax} characters on one line",
            "shorten it");
        return null;
    }

    /// <summary>Reads a reference to something by its name.</summary>
    /// <param name="section">Where it stands.</param>
    /// <param name="key">Its key.</param>
    /// <param name="known">The names there are.</param>
    /// <param name="required">Whether its absence is a problem.</param>
    public static string Reference(TomlSection section, string key, IReadOnlyCollection<string> known, bool required = true)
    {
        var name = section.Text(key, required);
        if (name is not null && !known.Contains(name))
        {
            section.Report(key, $"{key} of [{section.Name}] is not known: \"{name}\"", Meant(name, known));
            return "";
        }

        return name ?? "";
    }

    /// <summary>What to do about a name that is not known.</summary>
    /// <param name="name">The name.</param>
    /// <param name="known">The names there are.</param>
    public static string Meant(string name, IReadOnlyCollection<string> known)
    {
        if (known.Count == 0)
        {
            return "there is none yet: add it";
        }

        return Units.Nearest(name, known) is { } nearest
            ? $"did you mean {nearest}?"
            : $"use one of: {string.Join(", ", known.Order(StringComparer.Ordinal))}";
    }

    /// <summary>Reports every one that has the same key as one before it.</summary>
    /// <typeparam name="T">What is compared.</typeparam>
    /// <param name="all">All of them, in the file's order.</param>
    /// <param name="keyOf">The key, or null for those that have none.</param>
    /// <param name="key">Where in the section to point.</param>
    /// <param name="what">What is wrong with the second, for example <c>id of [bus] is used twice</c>.</param>
    /// <param name="mend">What to do about it.</param>
    public static void RefuseTwice<T>(
        IEnumerable<Located<T>> all, Func<T, string?> keyOf, string key, Func<T, string> what, string mend)
    {
        Dictionary<string, int> lines = new(StringComparer.Ordinal);
        foreach (var (value, section) in all)
        {
            if (keyOf(value) is { Length: > 0 } name && !lines.TryAdd(name, section.Line))
            {
                section.Report(
                    key, string.Create(CultureInfo.InvariantCulture, $"{what(value)}, first in line {lines[name]}"), mend);
            }
        }
    }
}

/// <summary>Something read, and where it stands.</summary>
/// <typeparam name="T">What it is.</typeparam>
/// <param name="Value">It.</param>
/// <param name="Section">Its table in the file.</param>
internal sealed record Located<T>(T Value, TomlSection Section);
