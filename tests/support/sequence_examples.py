"""A small file of every format in which users may have their proteins."""

GENBANK = """\
LOCUS       AB000001                  42 bp    DNA     linear   BCT 01-JAN-2020
DEFINITION  Escherichia coli example, partial.
ACCESSION   AB000001
VERSION     AB000001.1
KEYWORDS    .
SOURCE      Escherichia coli
  ORGANISM  Escherichia coli
            Bacteria; Pseudomonadota.
FEATURES             Location/Qualifiers
     source          1..42
                     /organism="Escherichia coli"
                     /mol_type="genomic DNA"
     CDS             1..12
                     /gene="abcA"
                     /protein_id="BAA00001.1"
                     /translation="MKV"
     CDS             complement(13..27)
                     /locus_tag="b0002"
                     /translation="MACD"
     CDS             28..42
                     /gene="abcC"
                     /pseudo
ORIGIN
        1 atgaaagttt aatttgtcac atgccatatg aaagctgttt ga
//
LOCUS       AB000002                  10 bp    DNA     linear   BCT 01-JAN-2020
DEFINITION  Without a gene.
ACCESSION   AB000002
VERSION     AB000002.1
FEATURES             Location/Qualifiers
     source          1..10
ORIGIN
        1 atgaaagttt
//
"""

GENPEPT = """\
LOCUS       NP_000001                  8 aa            linear   BCT 01-JAN-2020
DEFINITION  example [Escherichia coli].
ACCESSION   NP_000001
VERSION     NP_000001.1
FEATURES             Location/Qualifiers
     Protein         1..8
ORIGIN
        1 mkvlacde
//
"""

EMBL = """\
ID   X00001; SV 1; linear; mRNA; STD; HUM; 12 BP.
XX
AC   X00001;
XX
DE   Human mRNA, example
XX
FH   Key             Location/Qualifiers
FH
FT   source          1..12
FT                   /organism="Homo sapiens"
FT   CDS             1..12
FT                   /protein_id="CAA00001.1"
FT                   /translation="MKV"
XX
SQ   Sequence 12 BP; 5 A; 0 C; 2 G; 5 T; 0 other;
     atgaaagttt aa                                                            12
//
"""

SWISS_PROT = """\
ID   EXA_ECOLI               Reviewed;           8 AA.
AC   P00001; Q00001;
DT   01-JAN-1990, integrated into UniProtKB/Swiss-Prot.
DT   01-JAN-1990, sequence version 1.
DT   01-JAN-2020, entry version 9.
DE   RecName: Full=Example protein;
OS   Escherichia coli.
OC   Bacteria; Pseudomonadota.
OX   NCBI_TaxID=562;
PE   1: Evidence at protein level;
SQ   SEQUENCE   8 AA;  900 MW;  0123456789ABCDEF CRC64;
     MKVLACDE
//
"""

UNIPROT_XML = """\
<?xml version="1.0" encoding="UTF-8"?>
<uniprot xmlns="http://uniprot.org/uniprot">
<entry dataset="Swiss-Prot" created="1990-01-01" modified="2020-01-01" version="9">
<accession>P00001</accession>
<name>EXA_ECOLI</name>
<protein><recommendedName><fullName>Exämple</fullName></recommendedName></protein>
<sequence length="8" mass="900" checksum="01AB" version="1">MKVLACDE</sequence>
</entry>
</uniprot>
"""

PDB = """\
HEADER    HYDROLASE                               01-JAN-20   1ABC
DBREF  1ABC A    1     4  UNP    P00001   EXA_ECOLI        1      4
DBREF  1ABC B    1     2  PDB    1ABC     1ABC             1      2
SEQRES   1 A    4  MET LYS MSE XYZ
SEQRES   1 B    2   DA  DT
ATOM      1  CA  LYS A   2      11.104   6.134  -6.504  1.00  0.00           C
END
"""

PDB_MODEL = """\
ATOM      1  CA  MET A   1      11.104   6.134  -6.504  1.00  0.00           C
ATOM      2  CA  LYS A   2      14.104   6.134  -6.504  1.00  0.00           C
ATOM      3  CA  VAL A   4      17.104   6.134  -6.504  1.00  0.00           C
END
"""

MMCIF = """\
data_1ABC
#
_entry.id   1ABC
#
loop_
_entity_poly.entity_id
_entity_poly.type
_entity_poly.pdbx_seq_one_letter_code_can
_entity_poly.pdbx_strand_id
1 'polypeptide(L)'         MKMX A,C
2 polydeoxyribonucleotide  AT   B
3 'polypeptide(L)'
;MKVL
ACDE
;
D
#
"""

MMCIF_MODEL = """\
data_model
loop_
_atom_site.group_PDB
_atom_site.id
_atom_site.type_symbol
_atom_site.label_atom_id
_atom_site.label_alt_id
_atom_site.label_comp_id
_atom_site.label_asym_id
_atom_site.label_entity_id
_atom_site.label_seq_id
_atom_site.pdbx_PDB_ins_code
_atom_site.Cartn_x
_atom_site.Cartn_y
_atom_site.Cartn_z
_atom_site.occupancy
_atom_site.B_iso_or_equiv
_atom_site.auth_seq_id
_atom_site.auth_asym_id
_atom_site.pdbx_PDB_model_num
ATOM 1 C CA . MET A 1 1 ? 11.1 6.1 -6.5 1.0 0.0 1 A 1
ATOM 2 C CA . LYS A 1 2 ? 14.1 6.1 -6.5 1.0 0.0 2 A 1
#
"""

PIR = """\
>P1;EXA_ECOLI
Example protein
MKVL ACDE*
>DL;GENE
a gene
ATGAAA*
"""

STOCKHOLM = """\
# STOCKHOLM 1.0
#=GF ID Example
EXA_ECOLI/1-3 MK.V-
EXB_ECOLI/2-5 mkVLA
#=GC RF       xx.xx
//
# STOCKHOLM 1.0
EXC_ECOLI     ACDE
//
"""

CLUSTAL = """\
CLUSTAL W (1.83) multiple sequence alignment

EXA_ECOLI      MK-VL
EXB_ECOLI      MKAVL
               ** **

EXA_ECOLI      ACDE
EXB_ECOLI      ACDE
               ****
"""

FASTA = ">EXA_ECOLI Example protein\nMKVL\nACDE\n"

EXAMPLES = {
    "proteins.gb": GENBANK,
    "proteins.gp": GENPEPT,
    "proteins.embl": EMBL,
    "proteins.dat": SWISS_PROT,
    "proteins.xml": UNIPROT_XML,
    "1abc.pdb": PDB,
    "model.pdb": PDB_MODEL,
    "1abc.cif": MMCIF,
    "model.cif": MMCIF_MODEL,
    "proteins.pir": PIR,
    "proteins.sto": STOCKHOLM,
    "proteins.aln": CLUSTAL,
    "proteins.fasta": FASTA,
}
"""By the names that such files usually have."""
