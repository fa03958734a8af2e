namespace PondSentinel.Backend.Ingest;

/// <summary>How a settled number was settled, where that is not by being stored. The numbers are kept: never renumber,
/// only add.</summary>
public enum Standing : byte
{
    /// <summary>Lost: the gateway's buffer was full.</summary>
    Full = 1,

    /// <summary>Lost: thinned, a record with a higher number stands for it.</summary>
    Thin = 2,

    /// <summary>Lost: the gateway cannot read it back.</summary>
    Bad = 3,

    /// <summary>Lost: the gateway's file system had no room.</summary>
    Space = 4,

    /// <summary>Lost without a word: the gateway holds it no more, and it never came.</summary>
    Card = 5,

    /// <summary>Lost: of a cause that this version does not know.</summary>
    Other = 6,

    /// <summary>Refused: the batch could not be read.</summary>
    Malformed = 16,

    /// <summary>Refused: a measurand nobody knows, or a field of another type in the store.</summary>
    Type = 17,

    /// <summary>Refused: a time the store cannot hold.</summary>
    Range = 18,

    /// <summary>Refused: too large for the store.</summary>
    Size = 19,

    /// <summary>Refused: its epoch was taken at another site. The bytes are in <c>refused/</c>.</summary>
    Site = 20,

    /// <summary>Refused: it brings more channels than the gateway may have. The archive has its batch.</summary>
    Channels = 21,

    /// <summary>Neither lost nor refused: the gateway held it no more when this database first heard what it holds, so an
    /// earlier one had it.</summary>
    Before = 32,

    /// <summary>Neither lost nor refused: the gateway says that a backend had settled it before it was given up, so an earlier
    /// database had it.</summary>
    Had = 33,
}

/// <summary>What a standing means.</summary>
public static class Standings
{
    extension(Standing standing)
    {
        /// <summary>Whether the record was lost, as opposed to refused.</summary>
        public bool IsLost => standing < Standing.Malformed;

        /// <summary>Whether the record was refused.</summary>
        public bool IsRefused => standing is >= Standing.Malformed and < Standing.Before;

        /// <summary>Whether nothing of the record came to the store by this database, so that it is welcome if it comes after
        /// all. A record that the store refused may be there in part.</summary>
        public bool IsOpen => standing is <= Standing.Malformed or Standing.Site or Standing.Channels or Standing.Before or Standing.Had;

        /// <summary>The token on the wire and in reports.</summary>
        /// <exception cref="ArgumentOutOfRangeException">Not a defined standing.</exception>
        public string Token => standing switch
        {
            Standing.Full => "full",
            Standing.Thin => "thin",
            Standing.Bad => "bad",
            Standing.Space => "space",
            Standing.Card => "card",
            Standing.Other => "other",
            Standing.Malformed => "malformed",
            Standing.Type => "type",
            Standing.Range => "range",
            Standing.Size => "size",
            Standing.Site => "site",
            Standing.Channels => "channels",
            Standing.Before => "before",
            Standing.Had => "had",
            _ => throw new ArgumentOutOfRangeException(nameof(standing), standing, "Not a defined standing."),
        };
    }

    /// <summary>Reads the cause of a loss or a refusal.</summary>
    /// <param name="token">The token.</param>
    /// <exception cref="ArgumentOutOfRangeException">Nobody gives this cause.</exception>
    internal static Standing OfToken(string token) =>
        Enum.GetValues<Standing>().Single(standing => string.Equals(standing.Token, token, StringComparison.Ordinal));
}
